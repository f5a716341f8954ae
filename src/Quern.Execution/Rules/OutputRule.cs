using System.Text;
using System.Text.RegularExpressions;

namespace Quern.Execution.Rules;

internal enum RuleKind { Progress, Highlight, Error, OutputPath, Licence }

/// <summary>A pattern for one line of output, and what a line that has it means.</summary>
/// <param name="Literal">A text that every such line has, without regard to case; empty = none is known.</param>
internal sealed record OutputRule(RuleKind Kind, Regex Pattern, string Literal)
{
    /// <summary>For patterns that need backtracking: a line that takes longer ends the rule.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    /// <param name="problem">Why it is none, as the rest of a sentence.</param>
    internal static OutputRule? Parse(RuleKind kind, string pattern, bool ignoresCase, out string problem)
    {
        // Python's spelling of a named group.
        pattern = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
        var options = RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        problem = "";
        try
        {
            return new OutputRule(kind, Make(pattern, options), LiteralOf(pattern));
        }
        catch (ArgumentException)
        {
            problem = $"'{(pattern.Length > 100 ? pattern[..100] : pattern)}' is no regular expression";
            return null;
        }
    }

    private static Regex Make(string pattern, RegexOptions options)
    {
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Looks around or refers back.
            return new Regex(pattern, options, Longest);
        }
    }

    /// <summary>The longest run of plain characters outside all groups. A pattern with alternatives or inline options at its top has none.</summary>
    internal static string LiteralOf(string pattern)
    {
        string best = "";
        var run = new StringBuilder();
        var depth = 0;
        for (var at = 0; at < pattern.Length; at++)
        {
            var c = pattern[at];
            if (c == '(')
            {
                if (pattern.AsSpan(at).StartsWith("(?") && at + 2 < pattern.Length && pattern[at + 2] is not (':' or '<' or '=' or '!' or '>'))
                {
                    return "";
                }

                Close();
                depth++;
            }
            else if (c == ')')
            {
                Close();
                depth--;
            }
            else if (c == '[')
            {
                Close();
                at = EndOfClass(pattern, at);
            }
            else if (c == '|')
            {
                if (depth <= 0)
                {
                    return "";
                }
            }
            else if (c is '*' or '?' or '{')
            {
                // The character before need not be there.
                run.Length = Math.Max(0, run.Length - 1);
                Close();
                at = c == '{' && pattern.IndexOf('}', at) is > 0 and var end ? end : at;
            }
            else if (c is '.' or '^' or '$' or '+')
            {
                Close();
            }
            else if (c == '\\' && at + 1 < pattern.Length)
            {
                at++;
                if (char.IsLetterOrDigit(pattern[at]))
                {
                    Close();
                }
                else
                {
                    Add(pattern[at]);
                }
            }
            else
            {
                Add(c);
            }
        }

        Close();
        return best;

        void Add(char c)
        {
            if (depth == 0)
            {
                run.Append(c);
            }
        }

        void Close()
        {
            best = run.Length > best.Length ? run.ToString() : best;
            run.Clear();
        }
    }

    private static int EndOfClass(string pattern, int at)
    {
        var end = at + 1;
        end += end < pattern.Length && pattern[end] == '^' ? 1 : 0;
        end += end < pattern.Length && pattern[end] == ']' ? 1 : 0;
        while (end < pattern.Length && pattern[end] != ']')
        {
            end += pattern[end] == '\\' ? 2 : 1;
        }

        return end;
    }
}
