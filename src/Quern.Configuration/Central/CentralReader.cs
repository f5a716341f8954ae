namespace Quern.Configuration.Central;

/// <summary>
/// From the text of <c>qbwrk.conf</c> to sections. A line that cannot be used is one fault with its place; reading goes on, so that a check tells all.
/// Source: PipelineFX/docs: qbwrk.conf (reference, worker 3.5).
/// </summary>
internal sealed class CentralReader(string file)
{
    private const int MostParents = 64;

    private static readonly string[] GlobalKeys = ["templates", "non_existent"];

    private readonly List<CentralSection> order = [];
    private readonly Dictionary<string, CentralSection> byName = new(StringComparer.OrdinalIgnoreCase);
    private List<CentralSection>? open;
    private bool isSkipping;

    public IReadOnlyList<CentralSection> Sections => order;
    public IReadOnlyDictionary<string, CentralSection> ByName => byName;
    public HashSet<string> Templates { get; } = new(StringComparer.OrdinalIgnoreCase);
    public List<string> Faults { get; } = [];
    public List<string> Notices { get; } = [];

    public void Read(string text)
    {
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var line = ConfigText.WithoutComment(lines[at]).Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (line[0] == '[')
            {
                Open(line, at + 1);
            }
            else
            {
                Assign(lines, ref at, line);
            }
        }

        foreach (var template in Templates.Where(name => !byName.ContainsKey(name)))
        {
            Notices.Add($"{file}: templates names '{SettingDefinition.Quote(template)}', which is no section of this file");
        }
    }

    private void Open(string line, int number)
    {
        try
        {
            var close = Closing(line);
            var rest = line[(close + 1)..].Trim();
            if (rest.Length > 0 && rest[0] != ':')
            {
                throw new FormatException($"'{SettingDefinition.Quote(rest)}' after the section's name means nothing; write templates as [name] : template");
            }

            var parents = Parents(rest.TrimStart(':'));
            open = [.. HostNames.Expand(line[1..close].Trim(), HostNames.Most - byName.Count).Select(name => Section(name, number))];
            isSkipping = false;
            foreach (var section in open)
            {
                Inherit(section, parents);
            }
        }
        catch (FormatException failure)
        {
            Faults.Add($"{file}:{number}: {failure.Message}");

            // What stands in a section that is not understood is not said to be wrong as well.
            (open, isSkipping) = (null, true);
        }
    }

    private static int Closing(string line)
    {
        var depth = 0;
        for (var at = 0; at < line.Length; at++)
        {
            depth += line[at] switch { '[' => 1, ']' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }

        throw new FormatException($"the section '{SettingDefinition.Quote(line)}' has no closing bracket; end its name with ]");
    }

    private List<CentralSection> Parents(string text)
    {
        var parents = new List<CentralSection>();
        foreach (var name in text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!byName.TryGetValue(name, out var parent))
            {
                var near = SettingSchema.NearestOf(name, byName.Keys);
                throw new FormatException($"template '{SettingDefinition.Quote(name)}' is not defined above" + (near is null ? "; define it before it is used" : $"; did you mean '{near}'?"));
            }

            parents.Add(parent.IsGlobal ? throw new FormatException($"nothing can inherit from [{CentralSection.Global}]; name a template") : parent);
        }

        return parents;
    }

    private CentralSection Section(string name, int number)
    {
        if (!byName.TryGetValue(name, out var section))
        {
            section = byName[name] = new CentralSection(name, number);
            order.Add(section);
        }

        return section;
    }

    private static void Inherit(CentralSection section, List<CentralSection> parents)
    {
        if (parents.Count > 0 && (section.IsReserved || section.IsGroup))
        {
            throw new FormatException($"[{section.Name}] inherits from nothing; leave the templates out");
        }

        foreach (var parent in parents)
        {
            if (parent == section)
            {
                throw new FormatException($"[{section.Name}] inherits from itself; leave that out");
            }

            if (section.Parents.Count >= MostParents)
            {
                throw new FormatException($"[{section.Name}] names more than {MostParents} templates; put some into one of their own");
            }

            parent.IsParent = true;
            section.Parents.Remove(parent);
            section.Parents.Add(parent);
        }
    }

    private void Assign(string[] lines, ref int at, string line)
    {
        var number = at + 1;
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            Faults.Add($"{file}:{number}: '{SettingDefinition.Quote(line)}' is not of the form key = value: correct or comment out the line");
            return;
        }

        var key = line[..equals].Trim();
        if (ConfigText.Value(lines, ref at, line[(equals + 1)..].Trim()) is not { } value)
        {
            Faults.Add($"{file}:{number}: the block of '{SettingDefinition.Quote(key)}' has no closing brace: end it with a line that holds only '}}'");
            return;
        }

        if (isSkipping)
        {
            return;
        }

        if (open is null)
        {
            Faults.Add($"{file}:{number}: '{SettingDefinition.Quote(key)}' stands before the first section: put it below one, such as [default]");
        }
        else if (open.Exists(section => section.IsGlobal))
        {
            AssignGlobal(key, value, number);
        }
        else if (Usable(key, value, number) is { } setting)
        {
            var entry = new CentralEntry(key, setting.Normalize(value), number, setting);
            open.ForEach(section => section.Entries.Add(entry));
        }
    }

    private void AssignGlobal(string key, string value, int number)
    {
        if (!GlobalKeys.Contains(key))
        {
            Faults.Add($"{file}:{number}: there is no '{SettingDefinition.Quote(key)}' in [{CentralSection.Global}]; it takes templates and non_existent");
            return;
        }

        try
        {
            var names = HostNames.Expand(string.Join(',', SettingDefinition.Unquote(value).Split([',', '\n', ' '], StringSplitOptions.RemoveEmptyEntries)));
            if (key == "templates")
            {
                Templates.UnionWith(names);
            }
        }
        catch (FormatException failure)
        {
            Faults.Add($"{file}:{number}: {key}: {failure.Message}");
        }
    }

    /// <summary>The setting when it may stand here and its value, as far as it holds no macro, fits.</summary>
    private SettingDefinition? Usable(string key, string value, int number)
    {
        if (SettingSchema.Find(key) is not { } setting)
        {
            Faults.Add(SettingSchema.Unknown($"{file}:{number}", key));
        }
        else if (setting.IsPolicy)
        {
            Faults.Add($"{file}:{number}: {key} is each machine's own policy and cannot be set centrally: put it into qb.conf of the host");
        }
        else if (setting.IsBootstrap)
        {
            Notices.Add($"{file}:{number}: {key} is passed over: a worker needs it before it reaches the supervisor; put it into qb.conf of the host");
        }
        else if (setting.Who != "worker")
        {
            Faults.Add($"{file}:{number}: {key} is no setting of workers ({setting.Who}): put it into qb.conf of its host");
        }
        else if (IsSingleQuoted(value))
        {
            Faults.Add($"{file}:{number}: {key}: the value is in single quotes, which this file does not have: use double quotes");
        }
        else if (setting.Name == "worker_groups" && open!.Exists(section => section.IsGroup))
        {
            Faults.Add($"{file}:{number}: worker_groups cannot be set for a group: put it into a host's section or a template");
        }
        else if (setting.Type == SettingType.Password && value.Length > 0 && !SettingDefinition.Unquote(value).StartsWith(SettingDefinition.SealedPlace, StringComparison.Ordinal))
        {
            Faults.Add($"{file}:{number}: {key}: only a sealed password may stand here: make one with qbhash");
        }
        else if (!value.Contains('$', StringComparison.Ordinal) && setting.Check(setting.Normalize(value)) is { } fault)
        {
            Faults.Add($"{file}:{number}: {key}: {fault}; it means: {setting.Text}");
        }
        else
        {
            if (setting.NoEffect is not null)
            {
                Notices.Add($"{file}:{number}: {key} is accepted and changes nothing: {setting.NoEffect}");
            }

            return setting;
        }

        return null;
    }

    private static bool IsSingleQuoted(string value) => value.Length > 1 && value[0] == '\'' && value[^1] == '\'';
}
