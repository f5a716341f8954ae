using Quern.Execution.Accounts;
using Quern.Execution.Commands;
using Quern.Execution.Runs;
using Quern.Protocol.Api;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>The environment a job would get, from the same launch that would start it; nothing is run for it.</summary>
internal static class EnvironmentAnswer
{
    /// <summary>The order to start that such a job would come with.</summary>
    public static Wire.Start Order(WorkerEnvironmentRequest request)
    {
        var start = new Wire.Start
        {
            Key = new Wire.InstanceKey { Job = request.Job, Sub = 0, Run = 1 },
            User = request.User,
            JobName = request.JobName,
            JobType = request.HasAgenda ? "cmdrange" : "cmdline",
            Pgrp = request.Pgrp,
            Slots = request.Processors,
            HasAgenda = request.HasAgenda,
            Cwd = request.Cwd,
            Umask = request.Umask,
            EnvProfile = request.EnvProfile,
        };
        start.Env.Add(request.Env.ToDictionary(pair => pair.Key, pair => pair.Value));
        start.Flags.Add(request.Flags);
        return start;
    }

    public static WorkerEnvironmentReply Of(Launch launch, Account account, string worker)
    {
        var variables = JobEnvironment.Explain(launch, account, $"{launch.TemporaryRoot.TrimEnd('/')}/quern-{launch.Key.Job}.{launch.Key.Sub}.{launch.Key.Run}-...");
        return new WorkerEnvironmentReply
        {
            Worker = worker,
            Account = account.Name,
            Directory = launch.WorkingDirectory.Length == 0 ? account.Home : launch.WorkingDirectory,
            Umask = Convert.ToString(launch.Umask, 8).PadLeft(3, '0'),
            Variables = [.. variables.Select(variable => new WorkerVariable(variable.Name, variable.Value, Word(variable.Source), variable.Why))],
            Notes = [.. Notes(launch, account)],
        };
    }

    private static IEnumerable<string> Notes(Launch launch, Account account)
    {
        if (launch.IsLogin)
        {
            yield return $"before it the login files of {account.Name} are read: what they export is known only in a run";
        }

        if (launch.ProfilePath.Length > 0)
        {
            yield return $"before it the profile {launch.ProfilePath} is sourced as {account.Name}: what it exports is known only in a run";
        }

        if (launch.IsEnvironmentExported && launch.Environment.Keys.Where(JobEnvironment.NotExported.Contains).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } left)
        {
            yield return $"export_environment does not bring along: {string.Join(' ', left)}";
        }

        yield return launch.HasAgenda
            ? "each item adds QB_FRAME_NUMBER and its like, QUERN_ATTEMPT; each run adds its mark QUERN_RUN"
            : "each run adds QUERN_ATTEMPT and its mark QUERN_RUN";
    }

    private static string Word(VariableSource source) => source switch
    {
        VariableSource.Quern => "quern",
        VariableSource.Account => "account",
        VariableSource.Worker => "worker",
        VariableSource.Login => "login",
        VariableSource.Profile => "profile",
        VariableSource.Job => "job",
        VariableSource.Farm => "farm",
    };
}
