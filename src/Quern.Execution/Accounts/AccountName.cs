namespace Quern.Execution.Accounts;

/// <summary>Which words may be looked up as an account at all. A name that is a number is never one: tools disagree on what it means.</summary>
internal static class AccountName
{
    private const int MaxLength = 32;

    /// <summary>Why the name cannot be an account's; null when it can.</summary>
    internal static string? Problem(string name)
    {
        if (name.Length == 0)
        {
            return "it is empty";
        }

        if (name.Length > MaxLength)
        {
            return $"it has {name.Length} characters (at most {MaxLength})";
        }

        if (name[0] is '-' or '+' or '.' or '@')
        {
            return $"it begins with '{name[0]}'";
        }

        if (char.IsAsciiDigit(name[0]))
        {
            return "it begins with a digit";
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or '@' or '$' or '+'))
            {
                return char.IsControl(c) || c > 126 ? $"it holds the character U+{(int)c:X4}" : $"it holds '{c}'";
            }
        }

        return null;
    }

    /// <summary>The name as it can be shown on one line.</summary>
    internal static string Shown(string name)
    {
        var text = string.Create(Math.Min(name.Length, 40), name, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || source[i] > 126 ? '?' : source[i];
            }
        });
        return name.Length > 40 ? text + "..." : text;
    }
}
