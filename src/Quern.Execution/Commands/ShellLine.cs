using System.Buffers;

namespace Quern.Execution.Commands;

/// <summary>
/// The text after the shell's <c>-c</c>. A line that is one program by its path and plain words gets an <c>exec</c> before it: the shell becomes the
/// program, as bash does by itself, instead of waiting for it. One process less an item, and a program that a signal ends is seen to end by it.
/// </summary>
internal static class ShellLine
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _./+:=,@%-");

    internal static string Of(string shell, string command)
    {
        var isPath = command.StartsWith('/') || command.StartsWith("./", StringComparison.Ordinal);
        return isPath && HasExec(shell) && !command.AsSpan().ContainsAnyExcept(Plain) && !FirstWord(command).Contains('=') ? "exec " + command : command;
    }

    private static bool HasExec(string shell) => Path.GetFileName(shell) is "sh" or "dash" or "bash" or "ksh" or "zsh";

    /// <summary>A word with = before the program would be an assignment.</summary>
    private static ReadOnlySpan<char> FirstWord(string command)
    {
        var end = command.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? command : command.AsSpan(0, end);
    }
}
