using Quern.Configuration;
using Quern.Configuration.Central;
using Quern.Protocol.Api;
using Quern.Supervisor.Link;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Settings;

/// <summary>What a worker said of itself and of its own settings when it connected.</summary>
internal sealed record WorkerLayers(string Name, string? Os, IReadOnlyList<SettingWord> Own)
{
    private const int MostSettings = 500;
    private const int LongestValue = 4096;

    /// <summary>For which passwords are sealed for it; empty where it needs none.</summary>
    public string SealingKey { get; private init; } = "";

    public static WorkerLayers Of(Wire.Hello hello) => new(hello.Name, hello.Os, [.. hello.Local.Take(MostSettings).Select(Word)]) { SealingKey = LinkMessages.Facts(hello).SealingKey };

    private static SettingWord Word(Wire.LocalSetting local) => new(local.CommandLine ? SettingLayer.CommandLine : SettingLayer.Local, Line(local.Value), Line(local.Origin)) { Name = local.Name };

    public CentralHost AsHost() => new(Name, Os, Text("worker_groups").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    public IReadOnlyList<ConfigSettingView> Explain(CentralView view)
    {
        var lookup = Text(SettingLayers.Lookup);
        return [.. SettingSchema.All.Where(setting => setting.Who is "worker" or "all").Select(setting => ViewOf(SettingExplanation.Of(setting, Words(setting.Name, view), lookup)))];
    }

    private IEnumerable<SettingWord> Words(string name, CentralView view)
    {
        var central = view.Settings.TryGetValue(name, out var value)
            ? value.Overruled.Prepend(value.Word).Select(word => new SettingWord(SettingLayer.Supervisor, word.Value, $"{word.Origin} [{word.Section}]"))
            : [];
        return Own.Where(word => word.Name == name).Concat(central);
    }

    private static ConfigSettingView ViewOf(SettingExplanation explained) => new()
    {
        Name = explained.Setting.Name, Value = explained.Setting.Shown(explained.Word.Value), Layer = SettingLayers.Word(explained.Word.Layer), Origin = explained.Word.Origin,
        Others = [.. explained.Others.Select(word => new ConfigWordView { Layer = SettingLayers.Word(word.Layer), Value = explained.Setting.Shown(word.Value), Origin = word.Origin })],
    };

    /// <summary>Its own value of a setting that only it decides.</summary>
    private string Text(string name) => Own.Where(word => word.Name == name).OrderByDescending(word => word.Layer).FirstOrDefault()?.Value ?? SettingSchema.Find(name)!.Default;

    private static string Line(string text) => string.Concat(text.Take(LongestValue).Select(c => char.IsControl(c) && c != '\n' ? '?' : c));
}
