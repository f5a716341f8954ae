using System.Globalization;
using Quern.Execution.Runs;

namespace Quern.Execution.Commands;

/// <summary>
/// Qube's frame tokens: replaced as text in a command and set as variables (Source: PipelineFX/docs, cmdrange). A named item has no numbers: its
/// number tokens are empty.
/// </summary>
internal static class FrameTokens
{
    /// <summary>Token and value of one item, longest token first, so that no token is taken for the beginning of a longer one.</summary>
    internal static (string Token, string Value)[] Of(ItemLease item, int padding)
    {
        var start = item.IsFrame ? Number(item.Start) : "";
        var end = item.IsFrame ? Number(item.End) : "";
        var step = item.IsFrame ? Number(item.Step) : "";
        return
        [
            ("QB_PADDED_FRAME_NUMBER", Padded(start, padding)),
            ("QB_PADDED_FRAME_START", Padded(start, padding)),
            ("QB_PADDED_FRAME_STEP", Padded(step, padding)),
            ("QB_PADDED_FRAME_END", Padded(end, padding)),
            ("QB_FRAME_PADDING", Number(padding)),
            ("QB_FRAME_NUMBER", start),
            ("QB_FRAME_START", start),
            ("QB_FRAME_RANGE", item.Name),
            ("QB_FRAME_STEP", step),
            ("QB_FRAME_END", end),
        ];
    }

    /// <summary>The command with every token replaced, in one pass: a value that looks like a token stays as it is.</summary>
    internal static string Replace(string command, ReadOnlySpan<(string Token, string Value)> tokens)
    {
        var next = Next(command, 0);
        if (next < 0)
        {
            return command;
        }

        var text = new System.Text.StringBuilder(command.Length + 64);
        var done = 0;
        while (next >= 0)
        {
            var found = Match(command, next, tokens);
            found = found >= 0 && IsVariable(command, next, tokens[found].Token.Length) ? -1 : found;
            if (found >= 0)
            {
                text.Append(command, done, next - done).Append(tokens[found].Value);
                done = next + tokens[found].Token.Length;
            }

            next = Next(command, found >= 0 ? done : next + 1);
        }

        return text.Append(command, done, command.Length - done).ToString();
    }

    private static int Match(string command, int at, ReadOnlySpan<(string Token, string Value)> tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (string.CompareOrdinal(command, at, tokens[i].Token, 0, tokens[i].Token.Length) == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// <c>$QB_FRAME_NUMBER</c> and <c>${QB_FRAME_NUMBER}</c>, on Windows <c>%QB_FRAME_NUMBER%</c>, are the shell's to replace, by the variable of the same value; as text
    /// they would become <c>$17</c> and <c>%17%</c>.
    /// </summary>
    private static bool IsVariable(string command, int at, int length) =>
        at > 0 && (command[at - 1] == '$' || (at > 1 && command[at - 1] == '{' && command[at - 2] == '$')
            || (OperatingSystem.IsWindows() && command[at - 1] == '%' && at + length < command.Length && command[at + length] == '%'));

    private static int Next(string command, int from) => from >= command.Length ? -1 : command.IndexOf("QB_", from, StringComparison.Ordinal);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Padded(string number, int padding) =>
        number.StartsWith('-') ? "-" + number[1..].PadLeft(Math.Max(0, padding - 1), '0') : number.Length == 0 ? "" : number.PadLeft(padding, '0');
}
