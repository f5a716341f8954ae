using System.Security;
using Quern.Cli.Options;

namespace Quern.Cli.Install.Mac;

/// <summary>The property lists of <c>packaging/macos</c>, for the place that the programs are in.</summary>
internal static class PropertyLists
{
    private const string Program = "/opt/quern/bin/quern-worker";
    private const string Log = "/Users/Shared/quern-desktop.log";

    /// <summary>The daemon's text.</summary>
    /// <param name="bin">Folder of the programs.</param>
    /// <param name="supervisor">Null = as the token says, or as an earlier installation was told.</param>
    /// <param name="installed">The text that is there; null = none.</param>
    public static string Service(string bin, string? supervisor, string? installed) => WithSupervisor(Text(Launchd.Service), bin, supervisor, installed);

    /// <summary>The agent's text, with a log in the person's own folder for such.</summary>
    public static string Desktop(string bin, string home, string? supervisor, string? installed) =>
        WithSupervisor(Text(Launchd.Desktop), bin, supervisor, installed).Replace(Log, Escaped($"{home}/Library/Logs/quern-desktop.log"), StringComparison.Ordinal);

    /// <summary>Folder of the programs that a text starts; null = it starts none of ours.</summary>
    public static string? BinOf(string text)
    {
        var end = text.IndexOf("/quern-worker</string>", StringComparison.Ordinal);
        return end < 0 ? null : text[(text.LastIndexOf('>', end) + 1)..end];
    }

    private static string Text(string label)
    {
        using var stream = typeof(PropertyLists).Assembly.GetManifestResourceStream($"Plist.{label}.plist")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <exception cref="UsageException">That is no host.</exception>
    private static string WithSupervisor(string text, string bin, string? supervisor, string? installed)
    {
        const string option = "<string>--supervisor</string>\n        <string>";
        var at = installed?.IndexOf(option, StringComparison.Ordinal) ?? -1;
        supervisor ??= at < 0 ? null : installed![(at + option.Length)..].Split('<', 2)[0];
        if (supervisor is not null && (supervisor.Length == 0 || supervisor.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or ':' or '-' or '_' or '[' or ']'))))
        {
            throw new UsageException($"--supervisor '{supervisor}' is not HOST or HOST:PORT");
        }

        text = text.Replace(Program, Escaped(bin + "/quern-worker"), StringComparison.Ordinal);
        var end = text.IndexOf("    </array>", StringComparison.Ordinal);
        return supervisor is null ? text : $"{text[..end]}        {option}{supervisor}</string>\n{text[end..]}";
    }

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
