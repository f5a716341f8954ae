using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quern.Core.Jobs;

/// <summary>
/// Data of a job or item that means something to its job type alone: a JSON object, kept whole and in the order it was sent. A value.
/// </summary>
[JsonConverter(typeof(PackageConverter))]
public sealed class Package : IEquatable<Package>
{
    private readonly Dictionary<string, string> _texts = [];

    private Package(string json, JsonElement root)
    {
        Json = json;
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            {
                _texts[property.Name] = TextOf(property.Value);
            }
        }
    }

    public static Package Empty { get; } = Parse("{}");

    /// <summary>The object, on one line.</summary>
    public string Json { get; }

    public bool IsEmpty => Json == "{}";

    public static Package Of(IEnumerable<KeyValuePair<string, string>> texts)
    {
        var values = new Dictionary<string, JsonElement>();
        foreach (var (key, text) in texts)
        {
            values[key] = JsonSerializer.SerializeToElement(text, CoreJson.Default.String);
        }

        return Of(values);
    }

    public static Package Of(IEnumerable<KeyValuePair<string, JsonElement>> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in values)
            {
                writer.WritePropertyName(key);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return Parse(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <param name="json">What <see cref="Json"/> said.</param>
    /// <exception cref="JsonException">It is no object.</exception>
    public static Package Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? new Package(json, document.RootElement) : throw new JsonException("a package is an object");
    }

    public static implicit operator Package(Dictionary<string, string> texts) => Of(texts);

    /// <summary>Text, number or truth of an entry as text; null where there is none, or a list or object.</summary>
    public string? Text(string key) => _texts.GetValueOrDefault(key);

    /// <summary>Every entry, read anew.</summary>
    public IReadOnlyDictionary<string, JsonElement> Values()
    {
        using var document = JsonDocument.Parse(Json);
        return document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.Clone());
    }

    public bool Equals(Package? other) => other is not null && Json == other.Json;

    public override bool Equals(object? obj) => Equals(obj as Package);

    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Json;

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}

/// <summary>As the object itself.</summary>
internal sealed class PackageConverter : JsonConverter<Package>
{
    public override Package Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Package.Parse(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, Package value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json, skipInputValidation: true);
}
