using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Configuration;
using Quern.Configuration.Central;

namespace Quern.Cli.Commands;

/// <summary>qbconfigfile: a qbwrk.conf with everything expanded (reference, clients 2.4).</summary>
internal static class ConfigFileCommand
{
    public static Command Make() => new(
        "qbconfigfile", "[options] FILE", "Prints every host of a qbwrk.conf with what it gets, templates and macros expanded.",
        [new Option("os", "NAME", "As for hosts of this OS: linux, osx or winnt.") { IsOurs = true }, Command.Help, Command.Version],
        ["qbconfigfile /etc/qbwrk.conf", "qbconfigfile --os linux qbwrk.conf"], RunAsync);

    private static Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words is not [var file])
        {
            throw new UsageException("name one file: qbconfigfile /etc/qbwrk.conf");
        }

        if (options.Text("os") is { } os && os is not ("linux" or "osx" or "winnt"))
        {
            throw new UsageException($"--os {os}: write linux, osx or winnt");
        }

        if (CentralFile.TryParse(File.ReadAllText(file), file, out var faults) is not { } central)
        {
            foreach (var fault in faults)
            {
                Console.Error.WriteLine(TextTable.Clean(fault));
            }

            return Task.FromResult(ExitCode.Refused);
        }

        Print(Console.Out, central, options.Text("os"));
        return Task.FromResult(ExitCode.Done);
    }

    internal static void Print(TextWriter to, CentralFile file, string? os)
    {
        foreach (var host in file.Hosts)
        {
            to.WriteLine($"[{host}]");
            foreach (var (name, value) in file.Resolve(new CentralHost(host, os, [])).Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                to.WriteLine(SettingSchema.Find(name)!.Type is SettingType.PathMap or SettingType.DriveMap || value.Word.Value.Contains('\n', StringComparison.Ordinal)
                    ? $"{name} = {{\n{value.Word.Value}\n}}"
                    : $"{name} = {value.Word.Value}");
            }

            to.WriteLine();
        }
    }
}
