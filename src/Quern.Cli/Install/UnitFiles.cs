namespace Quern.Cli.Install;

/// <summary>The unit files of <c>packaging/systemd</c>, for the place that the programs are in.</summary>
internal static class UnitFiles
{
    public const string Supervisor = "quern-supervisor.service";
    public const string Worker = "quern-worker.service";
    public const string Instances = "quern-instances.service";
    public const string RunFolder = "quern.conf";

    public const string Folder = "/etc/systemd/system";
    public const string UsualPrefix = "/opt/quern";
    public const string UsualRuntime = "/usr/share/dotnet";

    public static string PathOf(string unit) => $"{Folder}/{unit}";

    /// <summary>Text of a shipped file with another prefix and another place of the .NET runtime.</summary>
    public static string Text(string name, string prefix, string runtime = UsualRuntime)
    {
        using var stream = typeof(UnitFiles).Assembly.GetManifestResourceStream("Unit." + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Replace(UsualRuntime, runtime, StringComparison.Ordinal)
            .Replace(UsualPrefix, prefix, StringComparison.Ordinal);
    }

    /// <summary>Folder above <c>bin</c> of the program a unit file starts; null = it starts none of ours.</summary>
    public static string? PrefixOf(string unitText)
    {
        const string Start = "ExecStart=";
        var line = unitText.Split('\n').FirstOrDefault(line => line.StartsWith(Start, StringComparison.Ordinal));
        var end = line?.IndexOf("/bin/quern-", StringComparison.Ordinal) ?? -1;
        return end < 0 ? null : line![Start.Length..end];
    }
}
