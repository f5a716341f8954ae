using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary><c>quern retention</c>: what of the farm's past goes, and why.</summary>
internal static class RetentionCommand
{
    private static readonly Command Verb = new(
        "quern retention", "[options]", "Shows which finished jobs, output and history go next, and why. The supervisor looks every ten minutes.",
        [new("in", "DAYS", "What will have gone in so many days, as things are now."), new("sweep", null, "Does it now, and shows what went."), Command.Json, Command.State, Command.Help],
        ["quern retention", "quern retention --in 7", "quern retention --sweep"], RunAsync);

    public static Task<int> RunAsync(string[] words, CancellationToken token)
    {
        var options = OptionParser.Parse(Verb.Options, words);
        if (!options.Has("help"))
        {
            return RunAsync(options, token);
        }

        Verb.PrintHelp(Console.Out);
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var days = Days(options);
        using var client = FarmClient.Find(options.Text("state"));
        var view = options.Has("sweep") ? await client.SweepAsync(token).ConfigureAwait(false) : await client.RetentionAsync(days, token).ConfigureAwait(false);
        Print(Console.Out, view, options.Has("json"), TimeZoneInfo.Local);
        return ExitCode.Done;
    }

    /// <exception cref="UsageException">Options exclude each other, or days are none.</exception>
    internal static int Days(ParsedOptions options)
    {
        if (options.Words.Count > 0)
        {
            throw new UsageException($"'{options.Words[0]}' means nothing here: the settings supervisor_keep_... say what is kept");
        }

        var days = options.Int("in") ?? 0;
        return days < 0 ? throw new UsageException($"--in {days}: write a number of days from 0 upwards")
            : days > 0 && options.Has("sweep") ? throw new UsageException("--in and --sweep exclude each other: a sweep is now")
            : days;
    }

    internal static void Print(TextWriter to, RetentionView view, bool isJson, TimeZoneInfo zone)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(view, ApiJson.Default.RetentionView));
            return;
        }

        to.WriteLine(view.Limits.Count == 0
            ? "everything is kept: no limit is set; see supervisor_keep_job_days and the other settings supervisor_keep_..."
            : $"limits: {string.Join(", ", view.Limits.Select(limit => $"{limit.Key} = {limit.Value}"))}");
        var verb = view.IsSwept ? "went" : "would go";
        PrintJobs(to, view.Jobs, view.JobCount, $"jobs that {verb}, with their output", zone);
        PrintJobs(to, view.Outputs, view.OutputCount, $"jobs whose output {verb}", zone);
        to.WriteLine($"lines of history that {verb}: {view.EventCount}{(view.EventReason.Length > 0 ? $": {view.EventReason}" : "")}");
        to.WriteLine($"ids of submissions that {verb}: {view.RequestCount}");
    }

    private static void PrintJobs(TextWriter to, IReadOnlyList<RetentionJobView> jobs, int count, string what, TimeZoneInfo zone)
    {
        if (count == 0)
        {
            to.WriteLine($"{what}: 0");
            return;
        }

        var rows = jobs.Select(job => (IReadOnlyList<string>)
        [
            job.Id.ToString(CultureInfo.InvariantCulture), job.User, job.Name, TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(job.TimeComplete), zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            job.OutputBytes == 0 ? "" : (job.OutputBytes / 1024).ToString(CultureInfo.InvariantCulture), job.Reason,
        ]).ToList();
        TextTable.Print(to, $"{what}: {count}", ["id", "user", "name", "ended", "kb", "why"], rows, null);
        if (count > jobs.Count)
        {
            to.WriteLine($"... {count - jobs.Count} more");
        }
    }
}
