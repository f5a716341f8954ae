namespace Quern.Configuration.Central;

/// <summary>
/// The central file (<c>qbwrk.conf</c>), read and checked: a value that answers what each host gets. Order, the later wins: <c>[default]</c>, the
/// host's OS, <c>[group:NAME]</c> of its groups, templates in the order they are named (each after its own), the host's section. A section that is opened again is
/// continued; a template means the whole of it, wherever it is continued. Immutable once read; safe from any thread.
/// </summary>
public sealed class CentralFile
{
    private const int Deepest = 32;
    private const int MostLayers = 256;
    private const int MostFaults = 100;

    private readonly IReadOnlyList<CentralSection> sections;
    private readonly IReadOnlyDictionary<string, CentralSection> byName;
    private readonly HashSet<string> templates;

    private CentralFile(string file, CentralReader reader)
    {
        (Name, Notices) = (file, reader.Notices);
        (sections, byName, templates) = (reader.Sections, reader.ByName, reader.Templates);
    }

    /// <summary>A file that says nothing.</summary>
    public static CentralFile Empty { get; } = Parse("", "");

    /// <summary>As places name it.</summary>
    public string Name { get; }

    /// <summary>A line for each thing that is accepted and changes nothing.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Hosts the file names: sections that are neither reserved nor a group nor a template.</summary>
    public IEnumerable<string> Hosts => sections.Where(section => !section.IsReserved && !section.IsGroup && !section.IsParent && !templates.Contains(section.Name)).Select(section => section.Name);

    /// <exception cref="ConfigurationException">The first thing that is wrong: FILE:LINE: what, what to do.</exception>
    public static CentralFile Parse(string text, string file)
        => TryParse(text, file, out var faults) ?? throw new ConfigurationException(faults[0]);

    /// <summary>Reads and checks; every section is resolved, so that a macro or a type that does not fit is found now.</summary>
    /// <param name="faults">Everything that is wrong, a line each, in the order of lines found.</param>
    /// <returns>Null when anything is wrong.</returns>
    public static CentralFile? TryParse(string text, string file, out IReadOnlyList<string> faults)
    {
        var reader = new CentralReader(file);
        reader.Read(text);
        var found = new CentralFile(file, reader);
        var seen = new HashSet<string>(reader.Faults);
        var all = new List<string>(reader.Faults);
        foreach (var section in found.sections.Where(section => !section.IsGlobal))
        {
            // One macro that fits no host would be said of each.
            all.AddRange(found.Resolve(SampleOf(section)).Faults.Where(seen.Add));
            if (all.Count >= MostFaults)
            {
                break;
            }
        }

        faults = all;
        return all.Count == 0 ? found : null;
    }

    /// <summary>What a host gets, and from where. Never throws; what cannot be had is in the view's faults.</summary>
    public CentralView Resolve(CentralHost host)
    {
        try
        {
            var section = Of(host.Name);
            var layers = Layers(host.Os, [], section);
            var groups = Value("worker_groups", layers, Expander(host.Name, section, layers)) is { } own ? own.Split(',', StringSplitOptions.TrimEntries) : host.Groups;
            layers = Layers(host.Os, groups, section);
            return View(layers, Expander(host.Name, section, layers));
        }
        catch (FormatException failure)
        {
            return CentralView.Empty with { Faults = [$"{Name}: {failure.Message}"] };
        }
    }

    /// <summary>How the hosts' settings change from this file to another.</summary>
    public IReadOnlyList<CentralChange> ChangesTo(CentralFile other, IEnumerable<CentralHost> hosts)
    {
        var changes = new List<CentralChange>();
        foreach (var host in hosts)
        {
            var (before, after) = (Resolve(host).Settings, other.Resolve(host).Settings);
            foreach (var name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
            {
                var (old, next) = (before.GetValueOrDefault(name)?.Word.Value, after.GetValueOrDefault(name)?.Word.Value);
                if (old != next)
                {
                    changes.Add(new CentralChange(host.Name, name, old, next));
                }
            }
        }

        return changes;
    }

    /// <summary>The host's section by its whole name, else by the name before the first dot.</summary>
    private CentralSection? Of(string host)
    {
        if (byName.TryGetValue(host, out var section) || (host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && byName.TryGetValue(host[..dot], out section)))
        {
            return section.IsReserved || section.IsGroup ? null : section;
        }

        return null;
    }

    private static CentralHost SampleOf(CentralSection section)
        => CentralSection.IsOs(section.Name) ? new CentralHost("any", section.Name, [])
            : section.IsGroup ? new CentralHost("any", null, [section.Name[HostNames.GroupPrefix.Length..]])
            : new CentralHost(section.IsReserved ? "any" : section.Name, null, []);

    private List<CentralSection> Layers(string? os, IEnumerable<string> groups, CentralSection? host)
    {
        var layers = new List<CentralSection>();
        Append(layers, CentralSection.Default);
        if (os is not null && CentralSection.IsOs(os))
        {
            Append(layers, os);
        }

        foreach (var group in groups)
        {
            Append(layers, HostNames.GroupPrefix + group);
        }

        if (host is not null)
        {
            Chain(host, layers, [], 0);
        }

        return layers;
    }

    private void Append(List<CentralSection> layers, string name)
    {
        if (byName.TryGetValue(name, out var section))
        {
            layers.Add(section);
        }
    }

    /// <summary>A section after what it inherits; what two of its templates share comes once, before both.</summary>
    private static void Chain(CentralSection section, List<CentralSection> layers, HashSet<CentralSection> path, int depth)
    {
        if (depth > Deepest || !path.Add(section))
        {
            throw new FormatException($"[{section.Name}] (line {section.Line}) inherits from itself or over more than {Deepest} steps; take a template out");
        }

        foreach (var parent in section.Parents.Where(parent => !layers.Contains(parent)))
        {
            Chain(parent, layers, path, depth + 1);
        }

        path.Remove(section);
        if (layers.Count >= MostLayers)
        {
            throw new FormatException($"[{section.Name}] (line {section.Line}) inherits from more than {MostLayers} sections; take templates out");
        }

        if (!layers.Contains(section))
        {
            layers.Add(section);
        }
    }

    private MacroExpander Expander(string host, CentralSection? own, List<CentralSection> layers) => new(
        own is not null && own.Name.Equals(host, StringComparison.OrdinalIgnoreCase) ? own.Name : host,
        (name, key) =>
        {
            if (name is "self" or "this" || (own is not null && name.Equals(own.Name, StringComparison.OrdinalIgnoreCase)))
            {
                // What no section says of the host itself is the setting's default.
                return Last(layers, key) ?? (SettingSchema.Find(key) is { } setting ? new CentralEntry(key, setting.Default, 0, setting) : null);
            }

            if (!byName.TryGetValue(name, out var section))
            {
                var near = SettingSchema.NearestOf(name, byName.Keys);
                throw new FormatException($"${SettingDefinition.Quote(name)}.{key} names no section" + (near is null ? "; correct the macro" : $"; did you mean '{near}'?"));
            }

            return Last(Layers(null, [], section), key);
        });

    private static CentralEntry? Last(List<CentralSection> layers, string key)
    {
        for (var at = layers.Count - 1; at >= 0; at--)
        {
            if (layers[at].Entries.FindLast(entry => entry.Key == key) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    private static string? Value(string key, List<CentralSection> layers, MacroExpander macros)
    {
        try
        {
            return Last(layers, key) is { } entry ? entry.Setting.Normalize(macros.Expand(entry.Value)) : null;
        }
        catch (FormatException)
        {
            // The view says it, with its place.
            return null;
        }
    }

    private CentralView View(List<CentralSection> layers, MacroExpander macros)
    {
        var settings = new Dictionary<string, CentralValue>();
        var faults = new List<string>();
        foreach (var words in layers.SelectMany(section => section.Entries.Select(entry => (section, entry))).GroupBy(pair => pair.entry.Key))
        {
            var said = words.Reverse().ToList();
            if (Word(said[0].section, said[0].entry, macros, faults) is { } word)
            {
                var overruled = said.Skip(1).Select(pair => new CentralWord(pair.entry.Value, $"{Name}:{pair.entry.Line}", pair.section.Name)).ToList();
                settings[words.Key] = new CentralValue(word, overruled);
            }
        }

        return new CentralView(settings, faults);
    }

    private CentralWord? Word(CentralSection section, CentralEntry entry, MacroExpander macros, List<string> faults)
    {
        var origin = $"{Name}:{entry.Line}";
        try
        {
            var value = entry.Setting.Normalize(macros.Expand(entry.Value));
            if (entry.Setting.Check(value) is not { } fault)
            {
                return new CentralWord(value, origin, section.Name);
            }

            faults.Add($"{origin}: {entry.Key}: {fault}; it means: {entry.Setting.Text}");
        }
        catch (FormatException failure)
        {
            faults.Add($"{origin}: {entry.Key}: {failure.Message}");
        }

        return null;
    }
}
