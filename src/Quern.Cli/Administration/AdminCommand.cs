using Quern.Cli.Options;

namespace Quern.Cli.Administration;

/// <summary>
/// qbadmin: the supervisor (<see cref="AdminSupervisor"/>), the hosts (<see cref="AdminWorker"/>), this machine. The mode is the first word, shortened as one likes; then
/// one thing to do. What cannot mean anything here is refused by name (reference, clients 2.4).
/// </summary>
internal static class AdminCommand
{
    private const string Configuration = "configuration";
    private static readonly string[] Modes = ["supervisor", "worker", "local"];

    /// <summary>What each mode can do.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Tasks = new Dictionary<string, string[]>
    {
        ["supervisor"] = ["list", Configuration, "reread", "set", "unset", "resource", "globalcallback", "emailtest"],
        ["worker"] = ["remove", "unremove", "clearbanned", "banned", "refresh", "reconfigure", Configuration, "assignments", "update", "take"],
        ["local"] = [Configuration],
    };

    /// <summary>What Qube has and there is no such thing here, with what to do instead.</summary>
    private static readonly IReadOnlyDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["find"] = "a supervisor answers no stranger on the network; name it with QB_SUPERVISOR or qb_supervisor in qb.conf",
        ["backup"] = "copy the store, also while it runs, with sqlite3 STATE/supervisor/farm.db \"VACUUM INTO 'copy.db'\"; docs/state-on-disk.md says what else belongs to a backup",
        ["reboot"] = "the farm has no right over a machine; lock it with qblock, see in qbhosts that nothing runs there, and restart it as its administrator",
        ["shutdown"] = "the farm has no right over a machine; lock it with qblock, see in qbhosts that nothing runs there, and switch it off as its administrator",
    };

    public static Command Make() => new(
        "qbadmin", "supervisor|worker|local [options]", "Administers the farm: the supervisor, the hosts, this machine.",
        [
            new("list", null, "supervisor: who it is and where."), new(Configuration, null, "supervisor, local: its settings; worker HOST: those of a host, and whose word counts."),
            new("reread", null, "supervisor: reads its settings again."), new("set", "MODE", "supervisor: begins reject_submit (no submission is taken) or stop_activity (nothing is dispatched)."),
            new("unset", "MODE", "supervisor: ends it."), new("resource", null, "supervisor: global and licence resources, name=used/total."),
            new("globalcallback", null, "supervisor LANGUAGE TRIGGERS CODE: a callback of no job."), new("emailtest", null, "supervisor [ADDRESS]: sends a mail and shows what was said; mail_administrator."),
            new("remove", null, "worker HOST...: takes hosts out of the farm; what runs there runs elsewhere, and they may not come back."),
            new("unremove", null, "worker HOST...: lets them back, by name or address."), new("clearbanned", null, "worker: lets all of them back."),
            new("banned", null, "worker: lists hosts that were removed.") { IsOurs = true }, new("refresh", null, "worker HOST...: has hosts say anew what they have."),
            new("reconfigure", null, "worker: the supervisor reads its qbwrk.conf again and tells every host what is new."), new("assignments", null, "worker HOST: what runs there."),
            new("update", "LIST", "worker HOST...: says resources and properties of hosts, host.a=USED/TOTAL,host.p=VALUE; over what they say themselves.") { IsOurs = true },
            new("take", "LIST", "worker HOST...: takes back what was said, host.a,host.p.") { IsOurs = true },
            new("find", null, "Not taken: nothing answers strangers."), new("backup", null, "Not taken: the store is one file to copy."),
            new("reboot", null, "Not taken: the farm has no right over a machine."), new("shutdown", null, "Not taken: the farm has no right over a machine."),
            Command.Json, Command.State, Command.Help, Command.Version,
        ],
        [
            "qbadmin supervisor --set stop_activity", "qbadmin s --resource", "qbadmin s --globalcallback mail failed-job-* -", "qbadmin worker --remove node7 node8", "qbadmin w --unremove node7",
            "qbadmin w --reconfigure", "qbadmin w --assignments node7", "qbadmin w --update host.scratch=40/500,host.room=b2 node7",
        ],
        RunAsync);

    private static Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var (mode, task) = Read(options);
        return mode switch
        {
            "supervisor" => AdminSupervisor.RunAsync(task, options, token),
            "worker" => AdminWorker.RunAsync(task, options, token),
            _ => AdminWorker.ShowLocalAsync(options),
        };
    }

    /// <summary>The mode in full, and what is to be done. The mode's word is taken away.</summary>
    /// <exception cref="UsageException">It is not exactly one thing, or nothing of that mode.</exception>
    internal static (string Mode, string Task) Read(ParsedOptions options)
    {
        var word = options.Words.Count == 0 ? throw new UsageException("name what to administer first: qbadmin supervisor, worker or local") : options.Words[0];
        var mode = Array.Find(Modes, one => one.StartsWith(word, StringComparison.Ordinal)) ?? throw new UsageException($"there is no mode '{word}': use supervisor, worker or local");
        options.Words.RemoveAt(0);
        if (Refused.Keys.FirstOrDefault(options.Has) is { } refused)
        {
            throw new UsageException($"--{refused} is not taken: {Refused[refused]}");
        }

        List<string> tasks = [.. Tasks.Values.SelectMany(names => names).Distinct().Where(options.Has)];
        if (tasks is ["set", "unset"] or ["update", "take"])
        {
            tasks.RemoveAt(1);
        }

        return tasks switch
        {
            [var task] when Tasks[mode].Contains(task) => (mode, task),
            [var task] => throw new UsageException($"--{task} belongs to {string.Join(" and ", Modes.Where(one => Tasks[one].Contains(task)))}: a {mode} has {Names(mode)}"),
            [] => throw new UsageException($"say what to do: qbadmin {mode} {Names(mode)}"),
            _ => throw new UsageException($"--{tasks[0]} and --{tasks[1]} exclude each other"),
        };
    }

    private static string Names(string mode) => string.Join(", ", Tasks[mode].Select(task => "--" + task));
}
