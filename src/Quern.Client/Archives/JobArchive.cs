using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Quern.Protocol.Api;

namespace Quern.Client.Archives;

/// <summary>
/// Jobs as files: Qube's XML (<c>.xja</c>), read and written, and our own text (<c>.qja</c>): <c>{"version":1,"jobs":[...]}</c> with jobs as they are submitted. The content says
/// which it is, not the name. What no attribute of ours is called is kept. Source: reference, qube-jobs 17.3.
/// </summary>
public static class JobArchive
{
    /// <summary>What is larger is refused.</summary>
    public const int LargestBytes = 64 * 1024 * 1024;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string Version = "version";
    private const string Jobs = "jobs";

    /// <summary>The jobs of a file, as they can be submitted.</summary>
    /// <exception cref="FarmException">One line: the file cannot be read, is too large, or is no archive.</exception>
    public static IReadOnlyList<JobRequest> ReadFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestBytes)
            {
                throw new FarmException($"{path} has {stream.Length >> 20} MB, an archive has at most {LargestBytes >> 20}; is it a job archive?", true);
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            return Read(reader.ReadToEnd());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FarmException($"{path} cannot be read: {exception.Message}", true, exception);
        }
        catch (FormatException exception)
        {
            throw new FarmException($"{path} is refused: {exception.Message}", true, exception);
        }
    }

    /// <exception cref="FormatException">It is no archive, or a damaged one; the message is the end of a sentence.</exception>
    public static IReadOnlyList<JobRequest> Read(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.Length == 0 ? throw new FormatException("it is empty")
            : start[0] == '<' ? XmlArchiveReader.Read(text)
            : start[0] == '{' ? ReadText(text)
            : throw new FormatException("it is neither XML nor JSON; an archive of Qube's binary form is to be exported again with qbsub --xml --export");
    }

    /// <summary>Our own text of some jobs.</summary>
    public static string WriteText(IReadOnlyList<JobRequest> jobs)
    {
        var list = new JsonArray();
        foreach (var job in jobs)
        {
            list.Add(JsonSerializer.SerializeToNode(job, ApiJson.Default.JobRequest));
        }

        return new JsonObject { [Version] = 1, [Jobs] = list }.ToJsonString(Indented) + "\n";
    }

    /// <summary>Qube's XML of a job.</summary>
    public static string WriteXml(JobRequest job) => XmlArchiveWriter.Write(job);

    private static List<JobRequest> ReadText(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (!root.TryGetProperty(Version, out var version) || !root.TryGetProperty(Jobs, out var jobs) || jobs.ValueKind != JsonValueKind.Array || jobs.GetArrayLength() == 0)
            {
                throw new FormatException("it has no version and jobs; is it a job archive?");
            }

            return version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == 1
                ? [.. jobs.EnumerateArray().Select(job => job.Deserialize(ApiJson.Default.JobRequest) ?? throw new FormatException("one of its jobs is null"))]
                : throw new FormatException($"its version is {version.GetRawText()}, this program reads version 1");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"line {exception.LineNumber + 1} is damaged{(exception.Path is { Length: > 1 } path ? $", at {path}" : "")}: {exception.Message.Split('.', '\n')[0]}", exception);
        }
    }
}
