using System.Globalization;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Client.Archives;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbsub: one job from options and a command; prints its id alone. Source: PipelineFX/docs: qbsub (reference, clients 2.1).</summary>
internal static class SubmitCommand
{
    public static Command Make() => new(
        "qbsub", "[options] command...", "Submits a job and prints its id.", SubmitOptions.All,
        ["qbsub hostname", "qbsub --range 1-100 --cpus 4 render -f QB_FRAME_NUMBER scene.pov", "qbsub --waitfor 12 --name movie ffmpeg -i frame%04d.png movie.mp4", "qbsub --range -10-10 echo QB_FRAME_NUMBER"],
        RunAsync, StopAtWord: true);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var jobs = ReadJobs(options);
        if (options.Text("export") is { } file)
        {
            return Export(file, jobs, options.Has("xml"));
        }

        using var client = FarmClient.Find(options.Text("state"));
        if (options.Has("why") || options.Has("why-host"))
        {
            var reports = await client.WhyAsync(new WhyRequest { Jobs = jobs, Host = options.Text("why-host") }, token).ConfigureAwait(false);
            WhyCommand.Print(Console.Out, reports, options, TimeProvider.System.GetLocalNow());
            return ExitCode.Done;
        }

        var reply = await client.SubmitAsync(new SubmitRequest { RequestId = Guid.NewGuid().ToString("N"), Jobs = jobs }, token).ConfigureAwait(false);
        foreach (var warning in reply.Warnings ?? [])
        {
            await Console.Error.WriteLineAsync(warning).ConfigureAwait(false);
        }

        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.SubmitReply));
        }
        else
        {
            foreach (var id in reply.Ids)
            {
                Console.Out.WriteLine(id.ToString(CultureInfo.InvariantCulture));
            }
        }

        // Whoever reads the id need not wait until the job is over.
        await Console.Out.FlushAsync(token).ConfigureAwait(false);

        return options.Has("waiton") ? await WaitAsync(client, reply.Ids, token).ConfigureAwait(false) : ExitCode.Done;
    }

    private static IReadOnlyList<JobRequest> ReadJobs(ParsedOptions options)
    {
        if (options.Has("xml") && !options.Has("export") && !options.Has("why") && !options.Has("why-host"))
        {
            throw new UsageException("--xml belongs to --export and --why: qbsub prints ids");
        }

        return options.Text("import") is { } file
            ? [.. JobArchive.ReadFile(file).Select(job => SubmitOptions.Imported(options, job))]
            : [SubmitOptions.Read(options, ClientDefaults(options))];
    }

    private static int Export(string file, IReadOnlyList<JobRequest> jobs, bool isXml)
    {
        if (isXml && jobs.Count > 1)
        {
            throw new UsageException($"--xml: XML holds one job and there are {jobs.Count}; leave --xml out");
        }

        try
        {
            File.WriteAllText(file, isXml ? JobArchive.WriteXml(jobs[0]) : JobArchive.WriteText(jobs));
            return ExitCode.Done;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FarmException($"{file} cannot be written: {exception.Message}", true, exception);
        }
    }

    /// <summary>The client's settings; a named state stands alone, so that nothing of this machine's own farm reaches it.</summary>
    private static QuernSettings ClientDefaults(ParsedOptions options)
    {
        var file = System.Environment.GetEnvironmentVariable("QB_CONF");
        var isNamed = options.Has("state") || !string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("QUERN_STATE"));
        return QuernSettings.Load(!string.IsNullOrEmpty(file) ? file : !isNamed && File.Exists(FarmLocation.QbConf) ? FarmLocation.QbConf : null, []);
    }

    /// <summary>Until every one of the jobs is over; refused when one of them did not complete.</summary>
    private static async Task<int> WaitAsync(FarmClient client, IReadOnlyList<long> ids, CancellationToken token)
    {
        HashSet<long> waited = [.. ids];
        var (isFirst, exit) = (true, ExitCode.Done);
        await foreach (var change in client.FeedAsync(token).ConfigureAwait(false))
        {
            var seen = change.Jobs.Where(job => waited.Contains(job.Id)).ToList();
            var gone = change.Removed.Where(waited.Contains).ToList();
            if (isFirst && waited.Except(seen.Select(job => job.Id)).ToList() is { Count: > 0 } others)
            {
                // The first line has what is active: a job that is not in it is over or not there.
                var over = await client.JobsAsync(others, false, false, token).ConfigureAwait(false);
                seen.AddRange(over);
                gone.AddRange(others.Except(over.Select(job => job.Id)));
            }

            isFirst = false;
            var ended = seen.Where(job => job.Status is "complete" or "failed" or "killed").Select(job => (job.Id, job.Status));
            foreach (var (id, end) in ended.Concat(gone.Select(id => (id, "removed"))).Where(pair => waited.Remove(pair.Item1)))
            {
                if (end != "complete")
                {
                    await Console.Error.WriteLineAsync($"qbsub: job {id} is {end}").ConfigureAwait(false);
                    exit = ExitCode.Refused;
                }
            }

            if (waited.Count == 0)
            {
                return exit;
            }
        }

        var left = string.Join(' ', waited);
        throw new FarmException($"the supervisor went away while job {left} was waited for: see qbjobs {left}", false);
    }
}
