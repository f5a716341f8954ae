using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Quern.Configuration;
using Quern.Configuration.Central;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Passwords;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Settings;

/// <summary>
/// The central settings in force, their versions, and their way to the workers. A change is checked first, kept, and only when it is durable told to the
/// connected workers; a worker that connects is told what is in force. What changed last counts: a push, or the supervisor's own file when it is other than
/// the one last taken over (looked at when the supervisor starts and at SIGHUP). Thread-safe; changes are made one at a time.
/// </summary>
internal sealed partial class CentralSettings(IFarmLoop loop, LinkSessions sessions, PasswordSeal seal, string? path, ILogger logger) : IDisposable
{
    /// <summary>Largest file, characters.</summary>
    public const int LongestText = 1024 * 1024;

    private const int MostChanges = 10_000;
    private const int LongestName = 200;
    private const string ProxyPassword = "proxy_password";

    private readonly ConcurrentDictionary<WorkerId, WorkerLayers> layers = new();
    private readonly SemaphoreSlim changing = new(1, 1);
    private volatile CentralSnapshot current = new(0, "", CentralFile.Empty);

    public int Version => current.Version;

    /// <summary>Takes up the version in force and the supervisor's own file when it is new. A file that is wrong is logged when there is a version to go on with.</summary>
    /// <exception cref="ConfigurationException">There is nothing that can be used and something that should be: one line.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var kept = await loop.Ask((farm, _) => ConfigVersions.Find(farm, ConfigVersions.Current(farm)), cancellationToken).ConfigureAwait(false);
        ConfigurationException? unreadable = null;
        if (kept is not null)
        {
            try
            {
                current = new CentralSnapshot(kept.Version, kept.Text!, CentralFile.Parse(kept.Text!, kept.Name));
            }
            catch (ConfigurationException failure)
            {
                unreadable = new ConfigurationException($"version {kept.Version} of the central settings cannot be used: {failure.Message}; correct the file and name it with --workers-config");
            }
        }

        try
        {
            var isTaken = await TakeFileAsync(mustBeNew: true, cancellationToken).ConfigureAwait(false);
            if (!isTaken && unreadable is not null)
            {
                throw unreadable;
            }
        }
        catch (ConfigurationException failure) when (unreadable is null && kept is not null)
        {
            LogFileRefused(failure.Message, current.Version);
        }
    }

    /// <summary>The supervisor's own file again, as at SIGHUP; what is wrong with it is logged and changes nothing.</summary>
    public async Task RereadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await TakeFileAsync(mustBeNew: true, cancellationToken).ConfigureAwait(false))
            {
                LogFileUnchanged(path ?? "none", current.Version);
            }
        }
        catch (Exception failure) when (failure is ConfigurationException or FarmStoppedException)
        {
            LogFileRefused(failure.Message, current.Version);
        }
    }

    /// <summary>Checks a text and, unless it is a dry run, puts it in force.</summary>
    /// <exception cref="ConfigurationException">It is wrong; nothing is changed.</exception>
    public async Task<ConfigPushReply> PushAsync(ConfigSource source, Caller caller, bool isDryRun, CancellationToken cancellationToken)
    {
        var file = Read(source);
        await changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var before = current;
            var (changes, more) = await ChangesAsync(before.File, file, cancellationToken).ConfigureAwait(false);
            var isNew = !isDryRun && (before.Version == 0 || before.Text != source.Text);
            var told = isNew ? await PutAsync(source, file, caller).ConfigureAwait(false) : 0;
            return new ConfigPushReply { Version = current.Version, IsNew = isNew, Changes = changes, MoreChanges = more, Notices = file.Notices, Told = told };
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>The supervisor's own file as a source.</summary>
    /// <exception cref="ConfigurationException">There is none, or it cannot be read.</exception>
    public ConfigSource ReadFile()
    {
        if (path is null)
        {
            throw new ConfigurationException("this supervisor has no file of central settings: push one with 'quern config push FILE', or start it with --workers-config FILE");
        }

        try
        {
            var text = File.ReadAllText(path);
            return new ConfigSource(text, path, "read by the supervisor", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"read central settings '{path}': {failure.Message}; name another file with --workers-config");
        }
    }

    /// <summary>What a worker is told when it connects. Remembers what it says of itself; called after its session is the worker's connection.</summary>
    public async Task<Wire.Settings> GreetAsync(WorkerId worker, Wire.Hello hello, CancellationToken cancellationToken)
    {
        layers[worker] = WorkerLayers.Of(hello);
        var snapshot = current;
        await RecordOpeningsAsync([worker], snapshot, cancellationToken).ConfigureAwait(false);
        return SettingsOf(worker, snapshot);
    }

    /// <summary>The settings in force have a section for a host of that name, or address.</summary>
    public bool IsNamed(string host) => current.File.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every setting of a host and whose word counts. Null: neither a worker nor a section has that name.</summary>
    public async Task<ConfigHostView?> ExplainAsync(string name, CancellationToken cancellationToken)
    {
        var (id, os) = await loop.Ask(
            (farm, _) => farm.Workers.FirstOrDefault(worker => worker.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } worker ? (worker.Id, worker.Facts.Os) : (default, (string?)null),
            cancellationToken).ConfigureAwait(false);
        var (version, _, file) = current;
        var known = os is not null && layers.TryGetValue(id, out var told) ? told : null;
        if (os is null && !file.Hosts.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        var own = known ?? new WorkerLayers(name, os, []);
        var view = file.Resolve(own.AsHost());
        return new ConfigHostView { Host = own.Name, Version = version, IsKnown = known is not null, Faults = view.Faults, Settings = own.Explain(view) };
    }

    public void Dispose() => changing.Dispose();

    private CentralFile Read(ConfigSource source)
    {
        if (source.Text.Length > LongestText)
        {
            throw new ConfigurationException($"{source.Name} has more than {LongestText} characters: shorten it with templates and ranges");
        }

        var file = CentralFile.TryParse(source.Text, source.Name, out var faults)
            ?? throw new ConfigurationException(faults.Count == 1 ? faults[0] : $"{faults[0]} ({faults.Count - 1} more; 'quern config check' shows all)");
        return source.Text.Contains(ProxyPassword, StringComparison.Ordinal) && WhyNotMine(file) is { } fault ? throw new ConfigurationException(fault) : file;
    }

    private async Task<bool> TakeFileAsync(bool mustBeNew, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return false;
        }

        var source = ReadFile();
        if (mustBeNew && await loop.Ask((farm, _) => ConfigVersions.TakenFile(farm), cancellationToken).ConfigureAwait(false) == source.FileHash)
        {
            return false;
        }

        var reply = await PushAsync(source, Caller.Farm, isDryRun: false, cancellationToken).ConfigureAwait(false);
        if (!reply.IsNew)
        {
            await loop.Ask((farm, _) => { ConfigVersions.PutTakenFile(farm, source.FileHash); return 0; }, cancellationToken).ConfigureAwait(false);
        }

        foreach (var notice in reply.Notices)
        {
            LogNotice(notice);
        }

        return true;
    }

    /// <summary>Keeps it, waits until that is durable, then tells the connected workers. Not cancelled half-way.</summary>
    private async Task<int> PutAsync(ConfigSource source, CentralFile file, Caller caller)
    {
        var version = await loop.Ask(
            (farm, now) =>
            {
                if (source.FileHash is not null)
                {
                    ConfigVersions.PutTakenFile(farm, source.FileHash);
                }

                return ConfigVersions.Add(farm, source, caller, now);
            },
            CancellationToken.None).ConfigureAwait(false);
        var snapshot = current = new CentralSnapshot(version, source.Text, file);
        var told = 0;
        var connected = sessions.All.Where(session => layers.ContainsKey(session.Worker)).ToList();
        await RecordOpeningsAsync(connected.Select(session => session.Worker), snapshot, CancellationToken.None).ConfigureAwait(false);
        foreach (var session in connected)
        {
            session.Say(new Wire.Order { Settings = SettingsOf(session.Worker, snapshot) });
            told++;
        }

        LogInForce(version, source.Name, caller.User, told);
        return told;
    }

    private Wire.Settings SettingsOf(WorkerId worker, CentralSnapshot snapshot)
    {
        var own = layers[worker];
        var view = snapshot.File.Resolve(own.AsHost());
        foreach (var fault in view.Faults)
        {
            LogFault(own.Name, fault);
        }

        var values = view.AsMap();
        if (values.Remove(ProxyPassword, out var password) && own.SealingKey.Length > 0 && password.Length > 0)
        {
            if (seal.ForWorker(password, own.SealingKey, out var fault) is { } again)
            {
                values.Add(ProxyPassword, again);
            }
            else
            {
                LogFault(own.Name, $"{view.Settings[ProxyPassword].Word.Origin}: {ProxyPassword}: {fault}; make it anew with qbhash");
            }
        }

        return new Wire.Settings { Version = snapshot.Version, Values = { values } };
    }

    /// <summary>Writes down, before it happens, for which of the workers a proxy_password is opened.</summary>
    private async Task RecordOpeningsAsync(IEnumerable<WorkerId> workers, CentralSnapshot snapshot, CancellationToken cancellationToken)
    {
        var needing = workers.Where(worker => layers[worker] is { SealingKey.Length: > 0 } own && snapshot.File.Resolve(own.AsHost()).Settings.ContainsKey(ProxyPassword)).ToList();
        if (needing.Count > 0)
        {
            await loop.Ask(
                (farm, now) =>
                {
                    needing.ForEach(worker => farm.RecordOpening($"{ProxyPassword} of version {snapshot.Version} of the central settings", worker, now));
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A password of the file that this supervisor could not open; a sentence. Null: there is none.</summary>
    private string? WhyNotMine(CentralFile file)
    {
        foreach (var host in file.Hosts.Prepend(""))
        {
            if (file.Resolve(new CentralHost(host, null, [])).Settings.TryGetValue(ProxyPassword, out var value) && value.Word.Value.Length > 0 && seal.WhyNotMine(value.Word.Value) is { } fault)
            {
                return $"{value.Word.Origin}: {ProxyPassword}: {fault}: make it anew with qbhash, which asks this supervisor for its key";
            }
        }

        return null;
    }

    private async Task<(IReadOnlyList<ConfigChangeView> Changes, int More)> ChangesAsync(CentralFile before, CentralFile after, CancellationToken cancellationToken)
    {
        var workers = await loop.Ask((farm, _) => farm.Workers.Select(worker => (worker.Id, worker.Name, worker.Facts.Os)).ToList(), cancellationToken).ConfigureAwait(false);
        var hosts = workers.Select(worker => layers.TryGetValue(worker.Id, out var known) ? known.AsHost() : new CentralHost(worker.Name, worker.Os, [])).DistinctBy(host => host.Name).ToList();
        var names = hosts.Select(host => host.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var covered = names.Concat(names.Select(name => name.Split('.')[0])).ToHashSet(StringComparer.OrdinalIgnoreCase);
        hosts.AddRange(before.Hosts.Union(after.Hosts, StringComparer.OrdinalIgnoreCase).Where(name => !covered.Contains(name)).Select(name => new CentralHost(name, null, [])));
        var changes = before.ChangesTo(after, hosts);
        return ([.. changes.Take(MostChanges).Select(change => ViewOf(change, names.Contains(change.Host)))], Math.Max(0, changes.Count - MostChanges));
    }

    private static ConfigChangeView ViewOf(CentralChange change, bool isWorker)
    {
        var setting = SettingSchema.Find(change.Setting)!;
        return new ConfigChangeView
        {
            Host = change.Host, Setting = change.Setting, IsWorker = isWorker,
            Old = change.Old is null ? null : setting.Shown(change.Old), New = change.New is null ? null : setting.Shown(change.New),
        };
    }

    /// <summary>A stranger's name for a text, fit for places.</summary>
    internal static string CleanName(string? name)
        => string.IsNullOrWhiteSpace(name) ? "qbwrk.conf" : string.Concat(name.Take(LongestName).Select(c => char.IsControl(c) ? '?' : c));

    private sealed record CentralSnapshot(int Version, string Text, CentralFile File);

    [LoggerMessage(110, LogLevel.Information, "version {Version} of the central settings ({Name}, by {Who}) is in force; {Told} connected workers were told")]
    private partial void LogInForce(int version, string name, string who, int told);

    [LoggerMessage(111, LogLevel.Error, "{Reason}; version {Version} of the central settings stays in force")]
    private partial void LogFileRefused(string reason, int version);

    [LoggerMessage(112, LogLevel.Warning, "{Notice}")]
    private partial void LogNotice(string notice);

    [LoggerMessage(113, LogLevel.Warning, "worker {Name} does not get a central setting: {Fault}")]
    private partial void LogFault(string name, string fault);

    [LoggerMessage(114, LogLevel.Information, "the file of central settings ({Path}) says nothing new; version {Version} stays in force")]
    private partial void LogFileUnchanged(string path, int version);
}
