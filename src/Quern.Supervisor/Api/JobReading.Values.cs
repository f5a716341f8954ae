using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Quern.Supervisor.Api;

/// <summary>Checks of single values.</summary>
internal sealed partial class JobReading
{
    private const int LongestText = 64 * 1024;
    private const int LongestCommand = 1024 * 1024;
    private const int LongestPackage = 1024 * 1024;

    /// <summary>An instance holds many items.</summary>
    private const int LongestItemPackage = 256 * 1024;
    private const int MostEntries = 10_000;
    private const int HighestSeconds = 366 * 24 * 3600;

    private delegate T? Parser<T>(string text, out string? refusal);

    /// <summary>The text, once it is known to be of its grammar.</summary>
    private string Expression<T>(string? text, string what, Parser<T> parse, string otherwise)
        where T : class
    {
        var given = Text(text, what, LongestText).Trim();
        return given.Length == 0 ? otherwise
            : parse(given, out var wrong) is not null ? given
            : throw Refuse($"its {what} cannot be read", wrong!);
    }

    private Dictionary<string, string> ReadEnv()
    {
        var env = Pairs(job.Env, "env");
        var wrong = env.Keys.FirstOrDefault(name => name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Any(char.IsControl));
        return wrong is null ? env : throw Refuse($"'{TargetText.Quote(wrong)}' is no name of a variable", "names are not empty and have no '=' or control characters");
    }

    private string ReadOther()
    {
        if (job.Other is not { Count: > 0 } other)
        {
            return "";
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in other)
            {
                writer.WritePropertyName(key);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return buffer.Length <= LongestCommand
            ? Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length)
            : throw Refuse($"its unknown keys take more than {LongestCommand >> 10} KiB", "send less");
    }

    private Dictionary<string, string> Pairs(IReadOnlyDictionary<string, string>? pairs, string what)
    {
        if (pairs is null)
        {
            return [];
        }

        if (pairs.Count > MostEntries)
        {
            throw Refuse($"{what} has {pairs.Count} entries, more than {MostEntries}", "send fewer");
        }

        return pairs.ToDictionary(pair => pair.Key, pair => Long(pair.Value, $"{what}.{TargetText.Quote(pair.Key)}"));
    }

    private string Notes() => job.Notes is not { } notes ? ""
        : notes.Length <= LongestText && !notes.Contains('\0', StringComparison.Ordinal) ? notes
        : throw Refuse($"notes are longer than {LongestText >> 10} KiB or have a NUL character", "shorten them");

    /// <summary>Text of several lines.</summary>
    private string Long(string? text, string what) =>
        text is null ? ""
        : text.Length <= LongestCommand && !text.Contains('\0', StringComparison.Ordinal) ? text
        : throw Refuse($"{what} has a NUL character or is longer than {LongestCommand >> 10} KiB", "give plain, shorter text");

    private string Text(string? text, string what, int longest)
    {
        if (text is null)
        {
            return "";
        }

        if (text.Length > longest)
        {
            throw Refuse($"{what} has {text.Length} characters, more than {longest}", "shorten it");
        }

        return text.Any(char.IsControl) ? throw Refuse($"{what} has a control character in it", "use plain text on one line") : text;
    }

    private static int? Whole(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private int Within(int? value, string what, int least, int most, int otherwise) =>
        value is null ? otherwise
        : value >= least && value <= most ? value.Value
        : throw Refuse($"{what} is {value}", $"use {least} to {most}");

    private int Seconds(int? value, string what) => value is null or < 0 ? 0 : Within(value, what, 0, HighestSeconds, 0);

    private long Id(long? value, string what, long otherwise) =>
        value is null ? otherwise : value >= 0 ? value.Value : throw Refuse($"{what} is {value}", "use a number from 0 upwards");

    private ApiRefusal Refuse(string fault, string advice) => ApiRefusal.Bad($"{where}: {fault}; {advice}");
}
