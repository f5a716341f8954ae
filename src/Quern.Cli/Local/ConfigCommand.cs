using System.Globalization;
using System.Text;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Configuration.Central;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary><c>quern config</c>: settings of this machine and of the farm's workers, looked at and changed.</summary>
internal static class ConfigCommand
{
    private static readonly Option ConfigFile = new("config", "FILE", "This machine's settings (qb.conf).");
    private static readonly Option DryRun = new("dry-run", null, "Shows what would change and changes nothing.");

    private static readonly IReadOnlyList<Command> Verbs =
    [
        new("quern config check", "[FILE...]", "Checks settings: a qb.conf, or a qbwrk.conf, which is known by its sections. Without FILE those of this machine.",
            [ConfigFile, Command.Help], ["quern config check", "quern config check /etc/qbwrk.conf"], CheckAsync),
        new("quern config explain", "[HOST] [KEY]", "Shows the settings of a worker's host that are set somewhere: whose word counts, where it stands, what the others say. Without HOST of this one.",
            [new("all", null, "Those at their defaults too."), ConfigFile, Command.Json, Command.State, Command.Help], ["quern config explain", "quern config explain render007 worker_cpus"], ConfigExplain.RunAsync),
        new("quern config set", "KEY VALUE", "Sets a setting in this machine's qb.conf; comments stay. Checked first. A worker in service mode reads it at HUP, a supervisor at its next start.",
            [ConfigFile, Command.Help], ["quern config set worker_cpus 4", "quern config set --config my.conf proxy_execution_mode user"], SetAsync),
        new("quern config unset", "KEY", "Takes a setting out of this machine's qb.conf: what else says it counts, or its default. Comments stay.",
            [ConfigFile, Command.Help], ["quern config unset worker_cpus"], UnsetAsync),
        new("quern config push", "[FILE]", "Makes a qbwrk.conf the settings of all workers, at once; shows the difference first. Without FILE the supervisor reads its own file again.",
            [DryRun, Command.Json, Command.State, Command.Help], ["quern config push --dry-run qbwrk.conf", "quern config push qbwrk.conf"], PushAsync),
        new("quern config versions", "[N]", "Lists the versions of the workers' settings, newest first; the first is in force. With N prints that one.",
            [Command.Json, Command.State, Command.Help], ["quern config versions", "quern config versions 3 > qbwrk.conf"], VersionsAsync),
        new("quern config rollback", "N", "Makes an earlier version of the workers' settings the newest again.",
            [DryRun, Command.Json, Command.State, Command.Help], ["quern config rollback 3"], RollbackAsync),
    ];

    public static Task<int> RunAsync(string[] words, CancellationToken token)
    {
        if (words is [] or ["--help" or "-help" or "-h" or "help", ..])
        {
            Console.Out.WriteLine("quern config COMMAND [options]\nSettings of this machine and of the farm's workers.\n");
            foreach (var verb in Verbs)
            {
                Console.Out.WriteLine($"  {verb.Name + " " + verb.Usage,-34} {verb.Summary}");
            }

            return Task.FromResult(ExitCode.Done);
        }

        var command = Verbs.FirstOrDefault(verb => verb.Name == "quern config " + words[0]) ?? throw new UsageException($"there is no '{words[0]}'; quern config --help lists what there is");
        var options = OptionParser.Parse(command.Options, words[1..]);
        if (!options.Has("help"))
        {
            return command.RunAsync(options, token);
        }

        command.PrintHelp(Console.Out);
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>This machine's qb.conf, there or not: what an option or QB_CONF names, else the usual one.</summary>
    public static string MachineFile(ParsedOptions options)
        => options.Text("config") ?? (Environment.GetEnvironmentVariable("QB_CONF") is { Length: > 0 } named ? named : FarmLocation.QbConf);

    private static Task<int> CheckAsync(ParsedOptions options, CancellationToken token)
    {
        const string Central = "/etc/qbwrk.conf";
        var files = options.Words;
        if (files.Count == 0)
        {
            files = [.. new[] { MachineFile(options), Central }.Where(file => File.Exists(file) || file == options.Text("config"))];
        }

        if (files.Count == 0)
        {
            Console.Out.WriteLine($"neither {FarmLocation.QbConf} nor {Central} is there: every setting has its default");
        }

        return Task.FromResult(files.Select(Check).ToList().Contains(false) ? ExitCode.Refused : ExitCode.Done);
    }

    private static bool Check(string file)
    {
        var text = File.ReadAllText(file);
        IReadOnlyList<string> faults;
        IReadOnlyList<string> notices = [];
        string found;
        if (IsCentral(text, file))
        {
            var central = CentralFile.TryParse(text, file, out faults);
            (notices, found) = (central?.Notices ?? [], $"{central?.Hosts.Count()} hosts named");
        }
        else
        {
            faults = LocalFile.Check(text, file, out notices, out var count);
            found = $"{count} settings";
        }

        foreach (var notice in notices)
        {
            Console.Out.WriteLine(TextTable.Clean(notice));
        }

        foreach (var fault in faults)
        {
            Console.Error.WriteLine(TextTable.Clean(fault));
        }

        Console.Out.WriteLine(faults.Count == 0 ? $"{file}: {found}, nothing wrong" : $"{file}: {faults.Count} {(faults.Count == 1 ? "line is" : "lines are")} wrong");
        return faults.Count == 0;
    }

    /// <summary>A file with sections, or of the usual name.</summary>
    private static bool IsCentral(string text, string file)
        => Path.GetFileName(file).StartsWith("qbwrk", StringComparison.Ordinal) || text.Split('\n').Any(line => line.TrimStart().StartsWith('['));

    private static Task<int> SetAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words is not [var key, var value])
        {
            throw new UsageException("name a setting and its value: quern config set worker_cpus 4");
        }

        if (!Edit(MachineFile(options), (text, named) => LocalFile.Set(text, named, key, value)))
        {
            Console.Out.WriteLine($"{MachineFile(options)} says so already");
            return Task.FromResult(ExitCode.Done);
        }

        var setting = SettingSchema.Find(key)!;
        Console.Out.WriteLine(TextTable.Clean($"{MachineFile(options)}: {key} = {setting.Shown(setting.Normalize(value))}") + (setting.NoEffect is { } why ? $"; it changes nothing: {why}" : ""));
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> UnsetAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words is not [var key])
        {
            throw new UsageException("name a setting: quern config unset worker_cpus");
        }

        var named = MachineFile(options);
        var isChanged = Edit(named, (text, file) => LocalFile.Unset(text, file, key));
        Console.Out.WriteLine(TextTable.Clean(isChanged ? $"{named}: {key} is not set any more" : $"{named} does not set {key}"));
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>Writes the file anew, where it is if the name is a link, with the mode it has.</summary>
    /// <returns>False when nothing of it changes.</returns>
    private static bool Edit(string named, Func<string, string, string> change)
    {
        var file = File.Exists(named) ? File.ResolveLinkTarget(named, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(named) : Path.GetFullPath(named);
        var isThere = File.Exists(file);
        var before = isThere ? File.ReadAllText(file) : "";
        var after = change(before, named);
        if (after == before)
        {
            return false;
        }

        var mode = isThere && !OperatingSystem.IsWindows() ? File.GetUnixFileMode(file) : StateFolder.SharedFile;
        StateFolder.WriteWhole(file, Encoding.UTF8.GetBytes(after.Length == 0 || after.EndsWith('\n') ? after : after + "\n"), mode);
        return true;
    }

    private static Task<int> PushAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count > 1)
        {
            throw new UsageException($"'{options.Words[1]}' is one file too many");
        }

        if (options.Words is not [var file])
        {
            return ChangeAsync(new ConfigPushRequest { Reread = true }, options, token);
        }

        var text = File.ReadAllText(file);
        if (CentralFile.TryParse(text, file, out var faults) is null)
        {
            foreach (var fault in faults)
            {
                Console.Error.WriteLine(TextTable.Clean(fault));
            }

            Console.Error.WriteLine("quern config push: the workers' settings stay as they are: correct the lines above");
            return Task.FromResult(ExitCode.Refused);
        }

        return ChangeAsync(new ConfigPushRequest { Text = text, Name = Path.GetFullPath(file) }, options, token);
    }

    private static Task<int> RollbackAsync(ParsedOptions options, CancellationToken token)
        => ChangeAsync(new ConfigPushRequest { Rollback = Number(options) ?? throw new UsageException("say to which version: quern config versions lists them") }, options, token);

    internal static async Task<int> ChangeAsync(ConfigPushRequest request, ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.PushConfigAsync(request with { DryRun = options.Has("dry-run") }, token).ConfigureAwait(false);
        Print(Console.Out, reply, options.Has("dry-run"), options.Has("json"));
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, ConfigPushReply reply, bool isDryRun, bool isJson)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.ConfigPushReply));
            return;
        }

        foreach (var notice in reply.Notices)
        {
            to.WriteLine(TextTable.Clean(notice));
        }

        foreach (var group in reply.Changes.GroupBy(change => (change.Setting, change.Old, change.New)).OrderBy(group => group.Key.Setting, StringComparer.Ordinal))
        {
            var strangers = group.Count(change => !change.IsWorker);
            to.WriteLine(TextTable.Clean($"{group.Key.Setting}: {group.Key.Old ?? "(not set)"} -> {group.Key.New ?? "(not set)"}  {HostRanges.Of(group.Select(change => change.Host))}")
                + (strangers == 0 ? "" : $"  ({strangers} of {group.Count()} no worker yet)"));
        }

        to.WriteLine((reply.MoreChanges > 0 ? $"and {reply.MoreChanges} changes more\n" : "") + Outcome(reply, isDryRun));
    }

    private static string Outcome(ConfigPushReply reply, bool isDryRun)
        => reply.IsNew ? $"version {reply.Version} is in force; {reply.Told} connected worker{(reply.Told == 1 ? " was" : "s were")} told, running work keeps what it was started with"
            : isDryRun ? $"a dry run: version {reply.Version} stays in force"
            : $"version {reply.Version} says so already";

    private static async Task<int> VersionsAsync(ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        if (Number(options) is { } number)
        {
            Console.Out.Write((await client.ConfigVersionAsync(number, token).ConfigureAwait(false)).Text);
            return ExitCode.Done;
        }

        Print(Console.Out, await client.ConfigVersionsAsync(token).ConfigureAwait(false), options.Has("json"));
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, IReadOnlyList<ConfigVersionView> versions, bool isJson)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(new ConfigVersionList { Versions = versions }, ApiJson.Default.ConfigVersionList));
            return;
        }

        var rows = versions.Select(version => (IReadOnlyList<string>)
            [version.Version.ToString(CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeMilliseconds(version.Time).LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), version.Who, version.From, version.Note, version.Name]).ToList();
        TextTable.Print(to, $"total: {versions.Count} version(s)", ["version", "time", "who", "from", "how", "file"], rows, null);
    }

    private static int? Number(ParsedOptions options) => options.Words switch
    {
        [] => null,
        [var word] when int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new UsageException($"'{string.Join(' ', options.Words)}' is not the number of a version"),
    };
}
