using System.Globalization;

namespace Quern.Configuration;

/// <summary>
/// What a value must look like. <see cref="Flags"/>: names, comma separated, or a mask; <see cref="PathMap"/> and <see cref="DriveMap"/>: a line an entry; <see cref="Password"/>: sealed, or where the host keeps it;
/// <see cref="Cluster"/>: a path of the cluster tree; <see cref="Restriction"/>: several, with what is below them.
/// </summary>
public enum SettingType { Text, Integer, Seconds, Choice, List, Flags, PathMap, DriveMap, Password, Cluster, Restriction }

/// <summary>One setting: everything that parsing, checking, help and documents need to know of it.</summary>
/// <param name="Default">As it would be written in qb.conf.</param>
/// <param name="Who">supervisor, worker, client or all.</param>
/// <param name="IsPolicy">Local only: neither the supervisor nor anybody else can change it for a worker.</param>
/// <param name="NoEffect">Why setting it changes nothing here though Qube has it; null = it is in force.</param>
/// <param name="Choices">For <see cref="SettingType.Choice"/> and <see cref="SettingType.Flags"/>.</param>
public sealed record SettingDefinition(string Name, SettingType Type, string Default, string Who, string Text, bool IsPolicy = false, IReadOnlyList<string>? Choices = null, int Min = int.MinValue, int Max = int.MaxValue, string? NoEffect = null)
{
    /// <summary>Needed before the supervisor is reached: counts in the host's own qb.conf and is passed over in the central file.</summary>
    public bool IsBootstrap { get; init; }

    /// <summary>Never shown and never sent but to where it is used.</summary>
    public bool IsSecret { get; init; }

    /// <summary>How a sealed password begins, which may stand anywhere.</summary>
    public const string SealedPlace = "sealed:";

    /// <summary>How the value of a <see cref="SettingType.Password"/> begins: sealed for a key, or a place of the host itself.</summary>
    private static readonly string[] PasswordPlaces = [SealedPlace, "lsa:", "dpapi:"];

    /// <summary>How the value may be shown to people.</summary>
    public string Shown(string value) => IsSecret && value.Length > 0 ? "(set, not shown)" : value;

    /// <summary>Null when <paramref name="value"/> fits, else what is wrong with it, one line.</summary>
    public string? Check(string value) => Type switch
    {
        SettingType.Integer or SettingType.Seconds => CheckNumber(value),
        SettingType.Choice => Choices!.Contains(value) ? null : $"'{Quote(value)}' is none of {string.Join(", ", Choices!)}",
        SettingType.Flags => CheckFlags(value),
        SettingType.PathMap => Configuration.PathMap.Check(value),
        SettingType.DriveMap => CheckDrives(value),
        SettingType.Password => CheckPassword(value),
        SettingType.Cluster => ClusterText.CheckPath(value),
        SettingType.Restriction => ClusterText.CheckRestriction(value),
        SettingType.Text or SettingType.List => CheckText(value),
    };

    /// <summary>A value as a file has it, to the form in which it is kept: no quotes around it; lists separated by commas alone.</summary>
    public string Normalize(string raw) => Type switch
    {
        SettingType.List or SettingType.Flags => string.Join(',', Elements(raw)),
        SettingType.Choice => string.Join(',', Unquote(raw.Trim()).Split(',', StringSplitOptions.TrimEntries)),
        SettingType.PathMap or SettingType.DriveMap => raw.Trim(),
        SettingType.Cluster => Unquote(raw.Trim()) is { Length: > 0 } path ? path : Default,
        SettingType.Text or SettingType.Integer or SettingType.Seconds or SettingType.Password or SettingType.Restriction => Unquote(raw.Trim()),
    };

    /// <summary>A stranger's text inside a sentence: one bounded line.</summary>
    public static string Quote(string text)
    {
        var line = text.Length > 80 ? text[..80] + "..." : text;
        return string.Create(line.Length, line, (to, from) =>
        {
            for (var at = 0; at < from.Length; at++)
            {
                to[at] = char.IsControl(from[at]) || from[at] is '\u2028' or '\u2029' ? ' ' : from[at];
            }
        });
    }

    internal static string Unquote(string value)
        => value.Length >= 2 && value[0] == value[^1] && value[0] is '"' or '\'' && value.IndexOf(value[0], 1) == value.Length - 1 ? value[1..^1] : value;

    private static IEnumerable<string> Elements(string raw)
        => Unquote(raw.Trim()).Split([',', '\n'], StringSplitOptions.TrimEntries).Select(element => Unquote(element).Trim()).Where(element => element.Length > 0);

    private static string? CheckText(string value) => value.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? "it holds a control character" : null;

    /// <summary>Neither the sentence nor anybody who shows it has a word of the value: it may be a password.</summary>
    private static string? CheckPassword(string value)
        => value.Length == 0 || (value.All(char.IsAscii) && !value.Any(char.IsControl) && PasswordPlaces.Any(place => value.StartsWith(place, StringComparison.Ordinal)))
            ? null
            : "it is no sealed password (sealed:... or, in qb.conf of its host, lsa:... or dpapi:...): make one with qbhash; what Qube's qbhash made can be read by anybody and is not taken";

    private string? CheckNumber(string value)
        => !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? $"'{Quote(value)}' is not a number"
            : number < Min || number > Max ? $"{number} is outside {Min} to {Max}" : null;

    private string? CheckFlags(string value)
    {
        if (uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        var unknown = Elements(value).FirstOrDefault(flag => !Choices!.Contains(flag));
        return unknown is null ? null : $"'{Quote(unknown)}' is none of the flags {string.Join(", ", Choices!)}";
    }

    private static string? CheckDrives(string value)
    {
        foreach (var line in value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 4 || !char.IsAsciiLetter(line[0]) || line[1] != ':' || line[2] != '|')
            {
                return $"'{Quote(line)}' is not of the form X:|\\\\server\\share";
            }

            if (!line.AsSpan(3).StartsWith(@"\\", StringComparison.Ordinal))
            {
                return $"drive {line[..2]} has an account and a password, which are not taken: give the accounts of jobs the right to the share, and write X:|\\\\server\\share";
            }
        }

        return CheckText(value);
    }
}
