using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary><c>quern env show</c>: what a job would find on a worker of this machine, and why.</summary>
internal static class EnvCommand
{
    private const string Usage = "quern env show [--worker NAME] [--user USER] [--job ID] [--profile NAME] [--json] [--state DIR]";

    private static readonly IReadOnlyList<Option> Options =
    [
        new("worker", "NAME", "Which worker of this machine."), new("user", "USER", "Who submits; the caller, or who submitted the job."),
        new("job", "ID", "A job of the farm, with its variables and flags."), new("profile", "NAME", "Another environment profile."),
        Command.Json, Command.State, Command.Help,
    ];

    public static async Task<int> RunAsync(string[] words, CancellationToken token)
    {
        if (words is not ["show", .. var rest])
        {
            throw new UsageException($"write it as {Usage}");
        }

        var options = OptionParser.Parse(Options, rest);
        if (options.Has("help") || options.Words.Count > 0)
        {
            throw new UsageException(Usage);
        }

        using var worker = FarmClient.OfSocket(await SocketAsync(options, token).ConfigureAwait(false));
        var reply = await worker.EnvironmentAsync(await RequestAsync(options, token).ConfigureAwait(false), token).ConfigureAwait(false);
        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.WorkerEnvironmentReply));
        }
        else
        {
            Print(reply, Console.Out);
        }

        return ExitCode.Done;
    }

    internal static void Print(WorkerEnvironmentReply reply, TextWriter to)
    {
        to.WriteLine(TextTable.Clean($"{reply.Worker}: as {reply.Account}, in {reply.Directory}, umask {reply.Umask}"));
        foreach (var variable in reply.Variables)
        {
            to.WriteLine(TextTable.Clean($"{variable.Name}={variable.Value}   ({variable.Source}: {variable.Why})"));
        }

        foreach (var note in reply.Notes)
        {
            to.WriteLine(TextTable.Clean(note));
        }
    }

    private static async Task<WorkerEnvironmentRequest> RequestAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Long("job") is not { } id)
        {
            return new WorkerEnvironmentRequest { User = options.Text("user") ?? Environment.UserName, EnvProfile = options.Text("profile") ?? "" };
        }

        using var farm = FarmClient.Find(options.Text("state"));
        var job = (await farm.JobsAsync([id], false, false, token).ConfigureAwait(false)).FirstOrDefault()
            ?? throw new FarmException($"there is no job {id}: qbjobs lists those there are", true);
        return new WorkerEnvironmentRequest
        {
            User = options.Text("user") ?? job.User, Job = job.Id, Pgrp = job.Pgrp, JobName = job.Name, Processors = job.Processors, HasAgenda = job.Todo > 0,
            Env = job.Env, Flags = job.Flags, Cwd = job.Cwd, Umask = job.Umask ?? 0, EnvProfile = options.Text("profile") ?? (job.Package.TryGetValue("env_profile", out var profile) && profile.ValueKind == JsonValueKind.String ? profile.GetString()! : ""),
        };
    }

    /// <summary>The worker of that name; the state's unnamed one may bear it as the name of its host record.</summary>
    private static async Task<string> SocketAsync(ParsedOptions options, CancellationToken token)
    {
        var state = StateFolder.Resolve(options.Text("state"));
        var name = options.Text("worker");
        if (FarmLocation.WorkerSocket(state, name) is { } socket)
        {
            return socket;
        }

        if (name is not null && FarmLocation.WorkerSocket(state, null) is { } unnamed)
        {
            using var client = FarmClient.OfSocket(unnamed);
            var text = await client.CallWorkerAsync(HttpMethod.Get, ApiRoutes.LocalWorkerStatus, token).ConfigureAwait(false);
            if (JsonSerializer.Deserialize(text, ApiJson.Default.WorkerStatusReply)?.Name == name)
            {
                return unnamed;
            }
        }

        throw new FarmException($"no worker{(name is null ? "" : $" '{name}'")} of this machine serves the state '{state.Root}': name another with --worker or --state, or ask on its own machine", false);
    }
}
