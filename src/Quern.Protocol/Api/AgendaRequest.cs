using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

/// <summary>Items of a job: a range as text, or a list of names and of items with packages of their own.</summary>
[JsonConverter(typeof(AgendaConverter))]
public sealed record AgendaRequest
{
    public string? Range { get; init; }
    public IReadOnlyList<WorkRequest>? Items { get; init; }

    [JsonIgnore]
    public bool IsEmpty => string.IsNullOrEmpty(Range) && Items is not { Count: > 0 };
}

/// <summary>One item; a text alone is its name.</summary>
public sealed record WorkRequest
{
    [JsonConverter(typeof(LooseText))]
    public string? Name { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Package { get; init; }

    /// <summary>The package as <see cref="PackageText"/>, in place of it.</summary>
    public string? Data { get; init; }

    /// <summary>Automatic retries and the seconds before each; null or -1 = as the job has it.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Retry { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? Retrydelay { get; init; }
}

/// <summary>As a text, or as a list.</summary>
internal sealed class AgendaConverter : JsonConverter<AgendaRequest>
{
    public override AgendaRequest? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return root.ValueKind switch
        {
            JsonValueKind.String => new AgendaRequest { Range = root.GetString() },
            JsonValueKind.Number => new AgendaRequest { Range = root.GetRawText() },
            JsonValueKind.Array => new AgendaRequest { Items = [.. root.EnumerateArray().Select(Item)] },
            _ => throw new JsonException("a range or a list of items belongs here"),
        };
    }

    public override void Write(Utf8JsonWriter writer, AgendaRequest value, JsonSerializerOptions options)
    {
        if (value.Items is null)
        {
            writer.WriteStringValue(value.Range ?? "");
            return;
        }

        writer.WriteStartArray();
        foreach (var item in value.Items)
        {
            if (item is { Package: null, Data: null, Retry: null, Retrydelay: null })
            {
                writer.WriteStringValue(item.Name);
            }
            else
            {
                JsonSerializer.Serialize(writer, item, ApiJson.Default.WorkRequest);
            }
        }

        writer.WriteEndArray();
    }

    private static WorkRequest Item(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? element.Deserialize(ApiJson.Default.WorkRequest)!
        : new WorkRequest { Name = LooseText.TextOf(element) };
}
