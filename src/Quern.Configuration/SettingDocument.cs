using System.Text;

namespace Quern.Configuration;

/// <summary>docs/configuration.md, made from the schema.</summary>
public static class SettingDocument
{
    public static string Render()
    {
        var text = new StringBuilder();
        text.Append("""
            # Settings

            Made from the table in `src/Quern.Configuration/SettingSchema.cs`; a test holds it to that.

            A setting is a line `key = value` of `/etc/qb.conf` (or of the file of `--config` or `QB_CONF`), or `--set KEY=VALUE` on the command line, which
            beats the file. With a state of its own (`--state`) a program reads no file in `/etc`. A policy setting belongs to the machine: nothing but its own
            file and, where that is silent, its own command line can set it. What is local only is needed before the supervisor is reached. A name that is not here
            is an error. The language of both files, and whose word counts: [central-settings.md](central-settings.md).


            """);
        foreach (var who in SettingSchema.All.Select(setting => setting.Who).Distinct())
        {
            text.Append($"## {who}\n\n| setting | type | default | meaning |\n|---|---|---|---|\n");
            foreach (var setting in SettingSchema.All.Where(setting => setting.Who == who))
            {
                text.Append($"| `{setting.Name}` | {TypeOf(setting)} | {(setting.Default.Length == 0 ? "" : $"`{setting.Default}`")} | {Meaning(setting)} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string TypeOf(SettingDefinition setting) => setting.Type switch
    {
        SettingType.Text => "text",
        SettingType.Integer => "number" + Bounds(setting),
        SettingType.Seconds => "seconds" + Bounds(setting),
        SettingType.Choice => string.Join(" or ", setting.Choices!.Select(choice => $"`{choice}`")),
        SettingType.List => "list",
        SettingType.Flags => "flags: " + string.Join(", ", setting.Choices!.Select(choice => $"`{choice}`")),
        SettingType.PathMap => "path map",
        SettingType.DriveMap => "drive map",
        SettingType.Password => "sealed password",
        SettingType.Cluster => "cluster path",
        SettingType.Restriction => "cluster paths",
    };

    private static string Bounds(SettingDefinition setting)
        => (setting.Min, setting.Max) switch { (int.MinValue, _) => "", (var min, int.MaxValue) => $", {min} or more", var (min, max) => $", {min} to {max}" };

    private static string Meaning(SettingDefinition setting)
        => (setting.IsPolicy ? "Policy. " : setting.IsBootstrap && setting.Who == "worker" ? "Local only. " : "") + setting.Text + (setting.NoEffect is null ? "" : $" Accepted, changes nothing: {setting.NoEffect}.");
}
