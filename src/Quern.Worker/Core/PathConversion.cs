using System.Text;

namespace Quern.Worker.Core;

/// <summary>
/// What <c>worker_path_map</c> does to the paths of a job: plain replacements, one after the other, each over what the one before it made. Source:
/// PipelineFX/docs: worker_path_map, QB_CONVERT_PATH (reference, worker 4.8, jobs 10.1).
/// </summary>
internal sealed class PathConversion(IReadOnlyList<(string From, string To)> rules)
{
    private const string Token = "QB_CONVERT_PATH(";

    public string Apply(string text)
    {
        foreach (var (from, to) in rules)
        {
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>A command with every <c>QB_CONVERT_PATH(path)</c> replaced by the path converted, and with <paramref name="isWhole"/> the text around them converted too.</summary>
    public string Convert(string command, bool isWhole)
    {
        var text = new StringBuilder(command.Length);
        var done = 0;
        while (command.IndexOf(Token, done, StringComparison.Ordinal) is >= 0 and var at && Closing(command, at + Token.Length) is >= 0 and var end)
        {
            text.Append(Around(command[done..at])).Append(Apply(command[(at + Token.Length)..end]));
            done = end + 1;
        }

        return text.Append(Around(command[done..])).ToString();

        string Around(string part) => isWhole ? Apply(part) : part;
    }

    /// <summary>The parenthesis that closes the one before <paramref name="from"/>; -1 = none does, and the text is no token.</summary>
    private static int Closing(string command, int from)
    {
        var depth = 1;
        for (var at = from; at < command.Length; at++)
        {
            depth += command[at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }

        return -1;
    }
}
