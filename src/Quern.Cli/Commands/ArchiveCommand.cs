using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client.Archives;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbarchive: what is in job archives, whoever wrote them (reference, clients 2.3).</summary>
internal static class ArchiveCommand
{
    private static readonly string[] Columns = ["file", "name", "type", "user", "cpus", "priority", "cluster", "items", "cmdline"];

    public static Command Make() => new(
        "qbarchive", "[options] FILE...", "Shows the jobs of archives.",
        [new("long", null, "Shows every attribute."), new("delimit", "C", "Separates columns by this."), new("xml", null, "Prints Qube's XML."), Command.Json, Command.Help, Command.Version],
        ["qbarchive job.xja", "qbarchive --long job.qja", "qbarchive --xml old.qja"], RunAsync);

    private static Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the files, as in qbarchive job.xja");
        }

        Print(Console.Out, [.. options.Words.SelectMany(file => JobArchive.ReadFile(file).Select(job => (file, job)))], options);
        return Task.FromResult(ExitCode.Done);
    }

    internal static void Print(TextWriter to, IReadOnlyList<(string File, JobRequest Job)> jobs, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.Write(JobArchive.WriteText([.. jobs.Select(entry => entry.Job)]));
        }
        else if (options.Has("xml"))
        {
            jobs.ToList().ForEach(entry => to.Write(JobArchive.WriteXml(entry.Job)));
        }
        else if (options.Has("long"))
        {
            jobs.ToList().ForEach(entry => PrintLong(to, entry.File, entry.Job));
        }
        else
        {
            TextTable.Print(to, $"total: {jobs.Count} job(s)", Columns, [.. jobs.Select(entry => RowOf(entry.File, entry.Job))], options.Text("delimit"));
        }
    }

    private static List<string> RowOf(string file, JobRequest job) =>
    [
        file, job.Name ?? "", job.Prototype ?? "", job.User ?? "", $"{job.Cpus ?? 1}", $"{job.Priority}", job.Cluster ?? "", job.Range ?? ItemsOf(job), CommandOf(job),
    ];

    private static string ItemsOf(JobRequest job) => job.Agenda is { IsEmpty: false } agenda ? agenda.Range ?? $"{agenda.Items!.Count}" : job.Items is { } items ? $"{items.Count}" : "";

    private static string CommandOf(JobRequest job)
    {
        if (job.Package?.TryGetValue("cmdline", out var command) == true)
        {
            return command.ToString();
        }

        try
        {
            return job.Data is { Length: > 0 } data && PackageText.Read(data).TryGetValue("cmdline", out var written) ? written.ToString() : "";
        }
        catch (FormatException)
        {
            // What cannot be read is refused when the job is submitted; here it is shown as it is.
            return job.Data ?? "";
        }
    }

    private static void PrintLong(TextWriter to, string file, JobRequest job)
    {
        to.WriteLine($"file = {TextTable.Clean(file)}");
        foreach (var (name, value) in JsonSerializer.SerializeToElement(job, ApiJson.Default.JobRequest).EnumerateObject().Select(entry => (entry.Name, entry.Value)))
        {
            to.WriteLine(TextTable.Clean($"{name} = {(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText())}"));
        }

        to.WriteLine();
    }
}
