using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary>
/// <c>quern config explain</c>: the supervisor knows all layers of a worker that has connected to it. Without one, and for settings that are not a worker's, this
/// machine's own file is all there is.
/// </summary>
internal static class ConfigExplain
{
    public static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var (host, key) = Read(options.Words);
        var view = key is not null && SettingSchema.Find(key) is { Who: "supervisor" or "client" }
            ? OfThisMachine(options)
            : await AskAsync(options, host, token).ConfigureAwait(false);
        Print(Console.Out, view, key, options.Has("all"), options.Has("json"));
        return ExitCode.Done;
    }

    /// <summary>One word is a setting when there is one of that name, else a host.</summary>
    private static (string? Host, string? Key) Read(List<string> words) => words switch
    {
        [] => (null, null),
        [var word] => SettingSchema.Find(word) is not null ? (null, word) : (word, null),
        [var host, var key] when SettingSchema.Find(key) is not null => (host, key),
        [_, var key] => throw new UsageException($"there is no setting '{TextTable.Clean(key)}'" + (SettingSchema.Nearest(key) is { } near ? $"; did you mean '{near}'?" : "; docs/configuration.md lists them")),
        _ => throw new UsageException("name at most a host and a setting"),
    };

    private static async Task<ConfigHostView> AskAsync(ParsedOptions options, string? host, CancellationToken token)
    {
        try
        {
            using var client = FarmClient.Find(options.Text("state"));
            return await client.ConfigHostAsync(host ?? await OwnNameAsync(options, token).ConfigureAwait(false), token).ConfigureAwait(false);
        }
        catch (FarmException failure) when (host is null)
        {
            await Console.Error.WriteLineAsync($"quern config explain: only this machine's own file is shown: {failure.Message}").ConfigureAwait(false);
            return OfThisMachine(options);
        }
    }

    /// <summary>What the worker on this machine is called: its own word, else its settings', else the machine's name.</summary>
    private static async Task<string> OwnNameAsync(ParsedOptions options, CancellationToken token)
    {
        if (FarmLocation.WorkerSocket(StateFolder.Resolve(options.Text("state")), null) is { } socket)
        {
            using var client = FarmClient.OfSocket(socket);
            var status = await client.CallWorkerAsync(HttpMethod.Get, ApiRoutes.LocalWorkerStatus, token).ConfigureAwait(false);
            return JsonSerializer.Deserialize(status, ApiJson.Default.WorkerStatusReply)?.Name ?? Environment.MachineName;
        }

        return Settings(options).Text("worker_name") is { Length: > 0 } set ? set : Environment.MachineName;
    }

    private static QuernSettings Settings(ParsedOptions options)
    {
        var file = ConfigCommand.MachineFile(options);
        return QuernSettings.Load(options.Has("config") || File.Exists(file) ? file : null, []);
    }

    internal static ConfigHostView OfThisMachine(ParsedOptions options)
    {
        var settings = Settings(options);
        var lookup = settings.Text(SettingLayers.Lookup);
        return new ConfigHostView
        {
            Host = Environment.MachineName, Version = 0, IsKnown = true, Faults = [],
            Settings = [.. SettingSchema.All.Select(setting => ViewOf(SettingExplanation.Of(setting, Local(settings, setting.Name), lookup)))],
        };
    }

    private static IEnumerable<SettingWord> Local(QuernSettings settings, string name)
        => settings.Origin(name) == "default" ? [] : [new SettingWord(SettingLayer.Local, settings.Text(name), settings.Origin(name))];

    private static ConfigSettingView ViewOf(SettingExplanation explained) => new()
    {
        Name = explained.Setting.Name, Value = explained.Setting.Shown(explained.Word.Value), Layer = SettingLayers.Word(explained.Word.Layer), Origin = explained.Word.Origin,
        Others = [.. explained.Others.Select(word => new ConfigWordView { Layer = SettingLayers.Word(word.Layer), Value = explained.Setting.Shown(word.Value), Origin = word.Origin })],
    };

    internal static void Print(TextWriter to, ConfigHostView view, string? key, bool all, bool isJson)
    {
        var shown = view.Settings.Where(setting => key is not null ? setting.Name == key : all || setting.Layer != "default" || setting.Others.Count > 0).ToList();
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(view with { Settings = shown }, ApiJson.Default.ConfigHostView));
            return;
        }

        to.WriteLine(TextTable.Clean(view.Host) + (view.Version > 0 ? $", central settings of version {view.Version}" : ", no central settings") + (view.IsKnown ? "" : "; its own settings are not known: it has not connected since the supervisor started"));
        foreach (var setting in shown)
        {
            to.WriteLine($"{setting.Name} = {TextTable.Clean(setting.Value)}  ({Place(setting.Layer, setting.Origin)})");
            foreach (var word in setting.Others)
            {
                to.WriteLine($"    not {(word.Value.Length == 0 ? "(empty)" : TextTable.Clean(word.Value))}  ({Place(word.Layer, word.Origin)})");
            }

            if (SettingSchema.Find(setting.Name)?.NoEffect is { } why && setting.Layer != "default")
            {
                to.WriteLine($"    changes nothing: {why}");
            }
        }

        foreach (var fault in view.Faults)
        {
            to.WriteLine("left out: " + TextTable.Clean(fault));
        }
    }

    private static string Place(string layer, string origin) => layer == origin ? layer : $"{layer}, {TextTable.Clean(origin)}";
}
