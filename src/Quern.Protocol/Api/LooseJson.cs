using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

// What scripts of Qube send where a number, a text or a list belongs. Empty text is nothing: a job as Qube prints it has every attribute, most of them empty.

/// <summary>A whole number, or text that is one.</summary>
public sealed class LooseNumber : JsonConverter<long?>
{
    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when reader.TryGetInt64(out var number) => number,
        JsonTokenType.Number when reader.GetDouble() is var number && Math.Floor(number) == number && Math.Abs(number) < 1L << 53 => (long)number,
        JsonTokenType.String when reader.GetString() is { } text && text.Trim().Length == 0 => null,
        JsonTokenType.String when long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new JsonException("a whole number belongs here"),
    };

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>As <see cref="LooseNumber"/>; what does not fit is refused.</summary>
public sealed class LooseInt : JsonConverter<int?>
{
    private static readonly LooseNumber Number = new();

    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Number.Read(ref reader, typeToConvert, options) switch
    {
        null => null,
        >= int.MinValue and <= int.MaxValue and var number => (int)number,
        _ => throw new JsonException("the number is too large"),
    };

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options) => Number.Write(writer, value, options);
}

/// <summary>Text, a number, true or false as text, or a list of these with commas between.</summary>
public sealed class LooseText : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Array => string.Join(',', document.RootElement.EnumerateArray().Select(TextOf)),
            _ => TextOf(document.RootElement),
        };
    }

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    internal static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw new JsonException("text belongs here"),
    };
}

/// <summary>A list of texts or numbers, or one of them.</summary>
public sealed class LooseList : JsonConverter<IReadOnlyList<string>?>
{
    public override IReadOnlyList<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return root.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Array => [.. root.EnumerateArray().Select(LooseText.TextOf)],
            JsonValueKind.String when root.GetString()!.Length == 0 => null,
            _ => [LooseText.TextOf(root)],
        };
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string>? value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var text in value ?? [])
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}

/// <summary>An object whose values are texts, numbers, true or false.</summary>
public sealed class LooseMap : JsonConverter<IReadOnlyDictionary<string, string>?>
{
    public override IReadOnlyDictionary<string, string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.ValueKind is JsonValueKind.Null || (root.ValueKind == JsonValueKind.String && root.GetString()!.Length == 0))
        {
            return null;
        }

        return root.ValueKind != JsonValueKind.Object
            ? throw new JsonException("an object of texts belongs here")
            : root.EnumerateObject().GroupBy(property => property.Name).ToDictionary(same => same.Key, same => LooseText.TextOf(same.Last().Value));
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string>? value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (key, text) in value ?? new Dictionary<string, string>())
        {
            writer.WriteString(key, text);
        }

        writer.WriteEndObject();
    }
}
