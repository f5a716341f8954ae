using System.Globalization;

namespace Quern.Cli.Options;

/// <summary>One option of a command.</summary>
/// <param name="Value">Name of its value in help; null for a switch.</param>
/// <param name="Aliases">Other full spellings.</param>
internal sealed record Option(string Name, string? Value, string Help, params string[] Aliases)
{
    /// <summary>Not Qube's: a beginning that fits one of Qube's options and this means Qube's.</summary>
    public bool IsOurs { get; init; }
}

/// <summary>The words cannot be understood: exit 2 and this line.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What a command was told.</summary>
internal sealed class ParsedOptions
{
    private readonly Dictionary<string, List<string>> values = [];

    /// <summary>The other words, in order.</summary>
    public List<string> Words { get; } = [];

    public bool Has(string name) => values.ContainsKey(name);

    public string? Text(string name) => values.TryGetValue(name, out var list) ? list[^1] : null;

    public IReadOnlyList<string> All(string name) => values.TryGetValue(name, out var list) ? list : [];

    /// <exception cref="UsageException">The value is not a whole number.</exception>
    public int? Int(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"--{name} {text}: that is not a whole number");
    }

    /// <exception cref="UsageException">The value is not a whole number.</exception>
    public long? Long(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"--{name} {text}: that is not a whole number");
    }

    public void Add(string name, string value)
    {
        if (!values.TryGetValue(name, out var list))
        {
            values[name] = list = [];
        }

        list.Add(value);
    }
}
