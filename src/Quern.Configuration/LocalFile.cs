using System.Text;

namespace Quern.Configuration;

/// <summary>A host's own <c>qb.conf</c> as a text: checked as a whole, and edited without losing a comment.</summary>
public static class LocalFile
{
    /// <summary>Everything that is wrong, a line each; none = it can be used.</summary>
    /// <param name="notices">A line for each setting that is accepted and changes nothing.</param>
    /// <param name="count">Settings it sets.</param>
    public static IReadOnlyList<string> Check(string text, string file, out IReadOnlyList<string> notices, out int count)
    {
        var faults = new List<string>();
        var told = new List<string>();
        var entries = QbConf.Parse(text, file, faults);
        foreach (var entry in entries)
        {
            if (SettingSchema.Find(entry.Key) is not { } setting)
            {
                faults.Add(SettingSchema.Unknown($"{file}:{entry.Line}", entry.Key));
            }
            else if (setting.Check(setting.Normalize(entry.Value)) is { } fault)
            {
                faults.Add($"{file}:{entry.Line}: {entry.Key}: {fault}; it means: {setting.Text}");
            }
            else if (setting.NoEffect is not null)
            {
                told.Add($"{file}:{entry.Line}: {entry.Key} is accepted and changes nothing: {setting.NoEffect}");
            }
        }

        (notices, count) = (told, entries.Count);
        return faults;
    }

    /// <summary>
    /// The text with one setting changed: where it is set already, else below a line that shows it commented out, else at the end. Everything else stays
    /// byte for byte.
    /// </summary>
    /// <exception cref="ConfigurationException">The setting is unknown, the value does not fit or cannot be written, or the text is wrong elsewhere.</exception>
    public static string Set(string text, string file, string key, string value)
    {
        if (SettingSchema.Find(key) is not { } setting)
        {
            throw new ConfigurationException(SettingSchema.Unknown("set", key));
        }

        var normal = setting.Normalize(value);
        if (setting.Check(normal) is { } fault)
        {
            throw new ConfigurationException($"{key}: {fault}; it means: {setting.Text}");
        }

        var isWindows = text.Contains("\r\n", StringComparison.Ordinal);
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        if (QbConf.Parse(text, file, []).LastOrDefault(entry => entry.Key == key) is { Key: not null } old)
        {
            var comment = old.Line == old.LastLine ? lines[old.Line - 1][ConfigText.WithoutComment(lines[old.Line - 1]).Length..] : "";
            lines.RemoveRange(old.Line - 1, old.LastLine - old.Line + 1);
            lines.InsertRange(old.Line - 1, Written(setting, normal, comment));
        }
        else
        {
            lines.InsertRange(PlaceFor(lines, key), Written(setting, normal, ""));
        }

        var changed = string.Join(isWindows ? "\r\n" : "\n", lines);
        Prove(changed, file, setting, normal);
        return changed;
    }

    /// <summary>The text without a setting, wherever it stands in it. Everything else stays byte for byte; the file may be wrong elsewhere, and the setting one that nobody knows.</summary>
    /// <exception cref="ConfigurationException">The setting is unknown, and not in the text either.</exception>
    public static string Unset(string text, string file, string key)
    {
        var there = QbConf.Parse(text, file, []).Where(entry => entry.Key == key).ToList();
        if (there.Count == 0 && SettingSchema.Find(key) is null)
        {
            throw new ConfigurationException(SettingSchema.Unknown("unset", key));
        }

        var lines = text.Split('\n').ToList();
        foreach (var entry in there.OrderByDescending(entry => entry.Line))
        {
            lines.RemoveRange(entry.Line - 1, entry.LastLine - entry.Line + 1);
        }

        return string.Join('\n', lines);
    }

    private static int PlaceFor(List<string> lines, string key)
    {
        var shown = lines.FindLastIndex(line => line.TrimStart() is ['#', ..] comment && comment.TrimStart('#', ' ', '\t') is var rest
            && rest.StartsWith(key, StringComparison.Ordinal) && rest[key.Length..].TrimStart().StartsWith('='));
        return shown >= 0 ? shown + 1 : lines[^1].Length == 0 ? lines.Count - 1 : lines.Count;
    }

    private static List<string> Written(SettingDefinition setting, string value, string comment)
    {
        if (value.Contains('\n', StringComparison.Ordinal) || setting.Type is SettingType.PathMap or SettingType.DriveMap)
        {
            return [$"{setting.Name} = {{", .. value.Split('\n'), "}"];
        }

        var isPlain = value.Length > 0 && value == value.Trim() && value.IndexOfAny(['#', '"', '\'', '{']) < 0;
        var quote = value.Contains('"', StringComparison.Ordinal) ? '\'' : '"';
        var text = new StringBuilder($"{setting.Name} = ").Append(isPlain ? value : $"{quote}{value}{quote}");
        return [comment.Length > 0 ? text.Append("  ").Append(comment).ToString() : text.ToString()];
    }

    /// <summary>What was written must be read back as it was meant, and the whole must be usable.</summary>
    private static void Prove(string text, string file, SettingDefinition setting, string value)
    {
        var faults = Check(text, file, out _, out _);
        if (faults.Count > 0)
        {
            throw new ConfigurationException($"nothing is changed, the file would not be usable: {faults[0]}");
        }

        var back = QbConf.Parse(text, file).Last(entry => entry.Key == setting.Name);
        if (setting.Normalize(back.Value) != value)
        {
            throw new ConfigurationException($"{setting.Name}: '{SettingDefinition.Quote(value)}' cannot be written on a line of this file; edit {file} by hand");
        }
    }
}
