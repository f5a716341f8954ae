namespace Quern.Cli.Options;

/// <summary>
/// Qube's way of writing options: one or two dashes, any unique beginning of a name, the value as the next word (which may begin with a dash) or
/// after <c>=</c>. With <c>stopAtWord</c> the first other word ends the options and begins a command.
/// </summary>
internal static class OptionParser
{
    /// <exception cref="UsageException">An option is unknown, ambiguous, or lacks its value.</exception>
    public static ParsedOptions Parse(IReadOnlyList<Option> options, IReadOnlyList<string> arguments, bool stopAtWord = false)
    {
        var parsed = new ParsedOptions();
        for (var at = 0; at < arguments.Count; at++)
        {
            var word = arguments[at];
            if (word == "--")
            {
                parsed.Words.AddRange(arguments.Skip(at + 1));
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                parsed.Words.Add(word);
                if (stopAtWord)
                {
                    parsed.Words.AddRange(arguments.Skip(at + 1));
                    break;
                }

                continue;
            }

            TakeOption(options, arguments, ref at, parsed);
        }

        return parsed;
    }

    private static void TakeOption(IReadOnlyList<Option> options, IReadOnlyList<string> arguments, ref int at, ParsedOptions parsed)
    {
        var word = arguments[at];
        var name = word.TrimStart('-');
        var equals = name.IndexOf('=', StringComparison.Ordinal);
        var attached = equals < 0 ? null : name[(equals + 1)..];
        var option = Find(options, equals < 0 ? name : name[..equals]);
        if (option.Value is null)
        {
            parsed.Add(option.Name, attached is null ? "" : throw new UsageException($"--{option.Name} takes no value: leave '={attached}' out"));
        }
        else if (attached is not null)
        {
            parsed.Add(option.Name, attached);
        }
        else if (at + 1 < arguments.Count)
        {
            parsed.Add(option.Name, arguments[++at]);
        }
        else
        {
            throw new UsageException($"--{option.Name} needs a value: write --{option.Name} {option.Value}");
        }
    }

    private static Option Find(IReadOnlyList<Option> options, string name)
    {
        var exact = options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));
        if (exact is not null)
        {
            return exact;
        }

        var fitting = options.Where(option => option.Name.StartsWith(name, StringComparison.Ordinal) || option.Aliases.Any(alias => alias.StartsWith(name, StringComparison.Ordinal))).ToList();
        var theirs = fitting.Where(option => !option.IsOurs).ToList();
        fitting = theirs.Count == 1 ? theirs : fitting;
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw new UsageException($"there is no option --{name}; --help lists those there are" + Suggest(options, name)),
            _ => throw new UsageException($"--{name} may mean {string.Join(" or ", fitting.Select(option => "--" + option.Name))}: write more of it"),
        };
    }

    private static string Suggest(IReadOnlyList<Option> options, string name)
    {
        var near = options.Select(option => (option.Name, Score: CommonPairs(option.Name, name))).MaxBy(pair => pair.Score);
        return near.Score >= 0.5 ? $"; did you mean --{near.Name}?" : "";
    }

    /// <summary>Share of neighbouring letter pairs two words have in common.</summary>
    private static double CommonPairs(string a, string b)
    {
        var pairs = Pairs(a);
        var others = Pairs(b);
        var total = pairs.Count + others.Count;
        return total == 0 ? 0 : 2.0 * pairs.Count(others.Remove) / total;

        static List<string> Pairs(string text) => [.. Enumerable.Range(0, Math.Max(0, text.Length - 1)).Select(at => text.Substring(at, 2))];
    }
}
