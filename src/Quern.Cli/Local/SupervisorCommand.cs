using Quern.Cli.Install;
using Quern.Cli.Options;

namespace Quern.Cli.Local;

/// <summary><c>quern supervisor</c>: runs the supervisor, or <c>install</c>, <c>uninstall</c>.</summary>
internal static class SupervisorCommand
{
    public static Task<int> RunAsync(string[] words, CancellationToken token) => words switch
    {
        ["install", .. var rest] => CommandAsync(SupervisorInstallation.InstallCommandOf(new Machine()), rest, token),
        ["uninstall", .. var rest] => CommandAsync(SupervisorInstallation.UninstallCommandOf(new Machine()), rest, token),
        _ => Programs.BecomeAsync("quern-supervisor", words, token),
    };

    /// <summary>Shows the help of a command, or runs it.</summary>
    public static Task<int> CommandAsync(Command command, string[] words, CancellationToken token)
    {
        var options = InstallOptions.Parse(command.Options, words, command.Name);
        if (!options.Has("help"))
        {
            return command.RunAsync(options, token);
        }

        command.PrintHelp(Console.Out);
        return Task.FromResult(ExitCode.Done);
    }
}
