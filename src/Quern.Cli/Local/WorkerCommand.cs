using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Local;

/// <summary><c>quern worker</c>: runs the worker, or <c>token</c>, <c>stop</c>, <c>status</c>, <c>install</c>, <c>uninstall</c>, <c>mode</c>, <c>session</c>.</summary>
internal static class WorkerCommand
{
    private static readonly IReadOnlyList<Option> Options =
    [
        new("drain", null, "Takes no more, waits for what runs, then ends."), new("kill", null, "Ends what runs, then itself."),
        new("name", "NAME", "Which worker of the state."), Command.State, Command.Help,
    ];

    public static Task<int> RunAsync(string[] words, CancellationToken token) => words switch
    {
        ["token", .. var rest] => TokenAsync(OptionParser.Parse(Options, rest), token),
        ["stop", .. var rest] => StopAsync(OptionParser.Parse(Options, rest), token),
        ["install", .. var rest] => Install.WorkerInstallation.InstallAsync(rest, token),
        ["uninstall", .. var rest] => Install.WorkerInstallation.UninstallAsync(rest, token),
        ["mode", .. var rest] => Install.ModeCommand.RunAsync(rest, token),
        ["session"] => Install.DesktopSession.RunAsync(new Install.Machine(), token),
        ["status", .. var rest] => CallAsync(HttpMethod.Get, "/worker/status", OptionParser.Parse(Options, rest), token),
        _ => Programs.BecomeAsync("quern-worker", words, token),
    };

    private static async Task<int> TokenAsync(ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        Console.Out.WriteLine((await client.CreateTokenAsync(token).ConfigureAwait(false)).Token);
        return ExitCode.Done;
    }

    private static Task<int> StopAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Has("drain") == options.Has("kill"))
        {
            throw new UsageException("say how: --drain waits for what runs, --kill ends it");
        }

        return CallAsync(HttpMethod.Post, "/worker/stop?how=" + (options.Has("kill") ? "kill" : "drain"), options, token);
    }

    private static async Task<int> CallAsync(HttpMethod method, string path, ParsedOptions options, CancellationToken token)
    {
        var state = StateFolder.Resolve(options.Text("state"));
        var socket = FarmLocation.WorkerSocket(state, options.Text("name"))
            ?? throw new FarmException($"no worker serves the state '{state.Root}': name another with --state or --name", false);
        using var client = FarmClient.OfSocket(socket);
        Console.Out.WriteLine((await client.CallWorkerAsync(method, path, token).ConfigureAwait(false)).TrimEnd());
        return ExitCode.Done;
    }
}
