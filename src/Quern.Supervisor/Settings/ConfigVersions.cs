using System.Globalization;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Settings;

/// <summary>
/// The versions of the central settings among the farm's records: <c>config/current</c> is the newest's number, <c>config/version/N</c> its text and who
/// gave it, <c>config/file</c> the hash of the file last taken over. On the farm's loop only.
/// </summary>
internal static class ConfigVersions
{
    /// <summary>Versions that are kept.</summary>
    public const int Kept = 50;

    private const string CurrentKey = "config/current";
    private const string FileKey = "config/file";

    /// <summary>Number of the version in force; 0 = there is none.</summary>
    public static int Current(Farm farm) => farm.Setting(CurrentKey) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    public static ConfigVersionView? Find(Farm farm, int version)
        => farm.Setting(Key(version)) is { } json ? JsonSerializer.Deserialize(json, ApiJson.Default.ConfigVersionView) : null;

    /// <summary>Those that are kept, newest first, without their texts.</summary>
    public static IReadOnlyList<ConfigVersionView> List(Farm farm)
    {
        var newest = Current(farm);
        return [.. Enumerable.Range(0, Math.Min(newest, Kept)).Select(back => Find(farm, newest - back)).OfType<ConfigVersionView>().Select(version => version with { Text = null })];
    }

    /// <summary>Keeps a text as the newest version and returns its number.</summary>
    public static int Add(Farm farm, ConfigSource source, Caller caller, Now now)
    {
        var version = Current(farm) + 1;
        var kept = new ConfigVersionView { Version = version, Time = now.Unix, Who = caller.User, From = caller.From, Name = source.Name, Note = source.Note, Text = source.Text };
        farm.PutSetting(Key(version), JsonSerializer.Serialize(kept, ApiJson.Default.ConfigVersionView));
        farm.PutSetting(Key(version - Kept), null);
        farm.PutSetting(CurrentKey, version.ToString(CultureInfo.InvariantCulture));
        farm.RecordFor(EventComponent.Admin, caller, $"central settings: version {version} ({source.Name}) {source.Note}", now);
        return version;
    }

    public static string? TakenFile(Farm farm) => farm.Setting(FileKey);

    public static void PutTakenFile(Farm farm, string? hash) => farm.PutSetting(FileKey, hash);

    private static string Key(int version) => "config/version/" + version.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A text that is to become the central settings.</summary>
/// <param name="Name">What places call it.</param>
/// <param name="Note">For the list of versions.</param>
/// <param name="FileHash">Of the supervisor's own file, when it is that.</param>
internal sealed record ConfigSource(string Text, string Name, string Note, string? FileHash = null);
