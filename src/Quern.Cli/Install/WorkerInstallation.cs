using Quern.Cli.Install.Mac;
using Quern.Cli.Install.Windows;
using Quern.Cli.Local;
using Quern.Cli.Options;

namespace Quern.Cli.Install;

/// <summary><c>quern worker install|uninstall</c>: which worker is meant, said by an option and never guessed.</summary>
internal static class WorkerInstallation
{
    private static readonly IReadOnlyList<Option> InstallWords =
    [
        InstallOptions.Service, InstallOptions.Desktop, InstallOptions.Prefix, new("join", "TOKEN", "Joins the farm of this token; @FILE reads it from a file."),
        new("supervisor", "HOST:PORT", "Where the supervisor is, when it is not where the token says."), InstallOptions.DryRun, Command.Help,
    ];

    private static readonly IReadOnlyList<Option> UninstallWords = [InstallOptions.Service, InstallOptions.Desktop, InstallOptions.Now, InstallOptions.Purge, InstallOptions.DryRun, Command.Help];

    public static Task<int> InstallAsync(string[] words, CancellationToken token) => SupervisorCommand.CommandAsync(
        new Command(
            "quern worker install", "--service|--desktop [options]", "Makes the worker start by itself, at boot as root or with your graphical session as you. On the supervisor's machine it joins without a token. Running it again mends what is missing.", InstallWords,
            ["sudo quern worker install --service", "sudo quern worker install --service --join @token.txt", "quern worker install --desktop --join @token.txt", "quern worker install --service --dry-run"],
            InstallAsync),
        words, token);

    public static Task<int> UninstallAsync(string[] words, CancellationToken token) => SupervisorCommand.CommandAsync(
        new Command(
            "quern worker uninstall", "--service|--desktop [options]", "Takes it away again, after what runs has ended. Its place in the farm stays.", UninstallWords,
            ["sudo quern worker uninstall --service", "sudo quern worker uninstall --service --now --purge", "quern worker uninstall --desktop"],
            UninstallAsync),
        words, token);

    private static Task<int> InstallAsync(ParsedOptions options, CancellationToken token)
    {
        NeedOne(options);
        if (OperatingSystem.IsWindows())
        {
            return options.Has("service") ? WindowsService.InstallAsync(new Machine(), options) : WindowsDesktop.InstallAsync(new Machine(), options);
        }

        if (OperatingSystem.IsMacOS())
        {
            return options.Has("service") ? MacService.InstallAsync(new Machine(), options) : MacDesktop.InstallAsync(new Machine(), options);
        }

        return options.Has("service") ? ServiceInstallation.InstallAsync(new Machine(), options) : DesktopInstallation.InstallAsync(new Machine(), options);
    }

    private static Task<int> UninstallAsync(ParsedOptions options, CancellationToken token)
    {
        NeedOne(options);
        if (OperatingSystem.IsWindows())
        {
            return options.Has("service") ? WindowsService.UninstallAsync(new Machine(), options, token) : WindowsDesktop.UninstallAsync(new Machine(), options, token);
        }

        if (OperatingSystem.IsMacOS())
        {
            return options.Has("service") ? MacService.UninstallAsync(new Machine(), options, token) : MacDesktop.UninstallAsync(new Machine(), options, token);
        }

        return options.Has("service") ? ServiceInstallation.UninstallAsync(new Machine(), options, token) : DesktopInstallation.UninstallAsync(new Machine(), options, token);
    }

    private static void NeedOne(ParsedOptions options)
    {
        if (options.Has("service") == options.Has("desktop"))
        {
            throw new UsageException("say which worker: --service is the machine's, started at boot as root; --desktop is yours, started with your graphical session");
        }
    }
}
