using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Quern.Execution.Runs;

namespace Quern.Execution.JobTypes;

/// <summary>What is said to an application: JSON objects, a line each. See docs/job-types.md.</summary>
internal static class ApplicationLines
{
    internal const int Version = 1;

    /// <summary>Qube's word for "nothing now, ask again".</summary>
    internal const string Waiting = "waiting";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first line: what the job is.</summary>
    internal static byte[] Job(Launch launch) => Line(writer =>
    {
        var plan = launch.Application!;
        writer.WriteString("type", "job");
        writer.WriteNumber("protocol", Version);
        writer.WriteNumber("id", launch.Key.Job);
        writer.WriteNumber("instance", launch.Key.Sub);
        writer.WriteNumber("run", launch.Key.Run);
        writer.WriteBoolean("agenda", launch.HasAgenda);
        writer.WriteNumber("padding", launch.Padding);
        writer.WriteString("folder", plan.Folder);
        writer.WritePropertyName("job");
        WriteObject(writer, plan.Job.Length > 0 ? plan.Job : Basics(launch));
        writer.WritePropertyName("package");
        WriteObject(writer, plan.Package);
        writer.WriteStartArray("pathmap");
        foreach (var (from, to) in plan.PathMap)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(from);
            writer.WriteStringValue(to);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    });

    /// <param name="status">running = do it; failed = a flight check refused it, it is not to be done.</param>
    internal static byte[] Item(ItemLease item, int padding, string status) => Line(writer =>
    {
        writer.WriteString("type", "item");
        writer.WriteString("status", status);
        writer.WriteNumber("id", item.Item);
        writer.WriteNumber("attempt", item.Attempt);
        writer.WriteString("name", item.Name);
        if (item.IsFrame)
        {
            writer.WriteNumber("start", item.Start);
            writer.WriteNumber("end", item.End);
            writer.WriteNumber("step", item.Step);
        }

        writer.WriteNumber("padding", padding);
        writer.WritePropertyName("package");
        WriteObject(writer, item.Package);
    });

    /// <summary>There is no item for it.</summary>
    /// <param name="status">complete, pending or blocked: there are no more, the application is to end; waiting: there is none now, it may ask again.</param>
    internal static byte[] NoItem(string status) => Line(writer =>
    {
        writer.WriteString("type", "item");
        writer.WriteString("status", status);
    });

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Written anew, so that it is one line whatever it was.</summary>
    private static void WriteObject(Utf8JsonWriter writer, string json)
    {
        using var document = ApplicationWords.Parse(json);
        document.RootElement.WriteTo(writer);
    }

    private static string Basics(Launch launch) => Encoding.UTF8.GetString(Line(writer =>
    {
        writer.WriteNumber("id", launch.Key.Job);
        writer.WriteString("name", launch.JobName);
        writer.WriteString("prototype", launch.JobType);
        writer.WriteString("user", launch.Submitter);
        writer.WriteString("cwd", launch.WorkingDirectory);
        writer.WriteString("range", launch.Range);
    }));
}

/// <summary>What an application says.</summary>
internal abstract record ApplicationMessage;

/// <summary>It wants the next item.</summary>
/// <param name="WaitSeconds">After which it wants to hear that there is none now; 0 or less = it waits until there is one, or no more.</param>
internal sealed record WorkRequested(double WaitSeconds) : ApplicationMessage;

/// <summary>What it reports of the item that it has; status running = so far.</summary>
/// <param name="Item">-1 = the one it has.</param>
/// <param name="Result">Its result package, an object; null = none.</param>
/// <param name="Text">One line why it failed.</param>
internal sealed record WorkReported(int Item, string Status, double Progress, JsonElement? Result, string Text) : ApplicationMessage;

/// <summary>What becomes of the instance; it ends now.</summary>
/// <param name="BlamesHost">The host is at fault, and not the job.</param>
internal sealed record EndReported(string Status, JsonElement? Result, string Text, bool BlamesHost) : ApplicationMessage;

/// <summary>
/// Cuts an application's stream into lines and reads those that are messages: JSON objects with a <c>type</c> of ours. Any other line is output of the job. Bounded: of a line that is too long
/// nothing is a message.
/// </summary>
internal sealed class ApplicationInput(Action<ApplicationMessage> said, Action<ReadOnlyMemory<byte>> printed)
{
    internal const int LongestLine = 256 * 1024;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private bool _isTooLong;

    internal void Feed(ReadOnlySpan<byte> data)
    {
        while (data.IndexOf((byte)'\n') is >= 0 and var end)
        {
            Take(data[..(end + 1)], isWhole: true);
            data = data[(end + 1)..];
        }

        if (data.Length > 0)
        {
            Take(data, isWhole: false);
        }
    }

    /// <summary>The stream has ended; what has no line end is output.</summary>
    internal void Finish()
    {
        if (_line.WrittenCount > 0)
        {
            printed(_line.WrittenMemory);
            _line.ResetWrittenCount();
        }
    }

    private void Take(ReadOnlySpan<byte> part, bool isWhole)
    {
        _line.Write(part);
        if (isWhole && !_isTooLong && Read(_line.WrittenSpan) is { } message)
        {
            _line.ResetWrittenCount();
            said(message);
            return;
        }

        if (isWhole || _line.WrittenCount > LongestLine)
        {
            _isTooLong = !isWhole;
            printed(_line.WrittenMemory);
            _line.ResetWrittenCount();
        }
    }

    private static ApplicationMessage? Read(ReadOnlySpan<byte> line)
    {
        if (line.TrimStart(" \t"u8) is not [(byte)'{', ..])
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return Text(root, "type") switch
            {
                "request" => new WorkRequested(Number(root, "wait")),
                "report" => new WorkReported(Number(root, "id") is >= 0 and <= int.MaxValue and var id ? (int)id : -1, Text(root, "status"), Number(root, "progress"), Result(root), Text(root, "text")),
                "end" => new EndReported(Text(root, "status"), Result(root), Text(root, "text"), Text(root, "blame") == "host"),
                _ => null,
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // No JSON, or texts in it that are none.
            return null;
        }
    }

    private static string Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => "",
    } : "";

    /// <summary>-1 = there is none.</summary>
    private static double Number(JsonElement root, string name) => !root.TryGetProperty(name, out var value) ? -1
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
        : value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var written) && double.IsFinite(written) ? written
        : -1;

    private static JsonElement? Result(JsonElement root) => root.TryGetProperty("result", out var value) && value.ValueKind == JsonValueKind.Object ? value.Clone() : null;
}
