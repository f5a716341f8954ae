using Quern.Cli.Options;

namespace Quern.Cli.Install;

/// <summary>The unit files of <c>packaging/systemd</c>, for the place that the programs are in.</summary>
internal static class UnitFiles
{
    public const string Supervisor = "quern-supervisor.service";
    public const string Worker = "quern-worker.service";
    public const string Instances = "quern-instances.service";
    public const string RunFolder = "quern.conf";
    public const string Desktop = "quern-desktop.service";
    public const string Autostart = "quern-desktop.desktop";

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

    /// <summary>Text of a desktop worker's file, for programs in a folder of any name.</summary>
    public static string DesktopText(string name, string programs) => Text(name, UsualPrefix).Replace(UsualPrefix + "/bin", programs, StringComparison.Ordinal);

    /// <summary>A worker's unit that is told where its supervisor is.</summary>
    /// <param name="supervisor">Null = as an earlier installation was told.</param>
    /// <param name="installed">The unit that is there; null = none.</param>
    /// <exception cref="UsageException">That cannot be a word of a unit file.</exception>
    public static string WithSupervisor(string unit, string? supervisor, string? installed)
    {
        const string Option = " --supervisor ";
        var at = installed?.IndexOf(Option, StringComparison.Ordinal) ?? -1;
        supervisor ??= at < 0 ? null : installed![(at + Option.Length)..].Split('\n', 2)[0];
        if (supervisor is null)
        {
            return unit;
        }

        if (supervisor.Length == 0 || supervisor.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or ':' or '-' or '_' or '[' or ']')))
        {
            throw new UsageException($"--supervisor '{supervisor}' is not HOST or HOST:PORT");
        }

        var start = unit.IndexOf("ExecStart=", StringComparison.Ordinal);
        var end = unit.IndexOf('\n', start);
        return unit[..end] + Option + supervisor + unit[end..];
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
