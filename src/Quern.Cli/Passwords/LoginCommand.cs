using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;
using Quern.Secrets;

namespace Quern.Cli.Passwords;

/// <summary>qblogin: registers a user's password, with which Windows hosts log the account of their jobs on (reference, clients 2.3, worker 2.2). It leaves this program sealed.</summary>
internal static class LoginCommand
{
    public static Command Make() => new(
        "qblogin", "[options]", "Registers your password for jobs that run as you on Windows hosts. It is asked for twice and leaves this command sealed.",
        [
            new("check", null, "Shows if one is registered, when it was last used, and why it last failed; exit 1 when there is none that can be used."),
            new("forget", null, "Removes it.") { IsOurs = true }, new("list", null, "Lists who has registered one. For administrators.") { IsOurs = true },
            new("user", "NAME", "Another user's. For administrators."), new("domain", "NAME", "The account's Windows domain; else the host's worker_host_domain. For administrators."),
            PasswordInput.Stdin, PasswordInput.Refused, new("display", null, "Not taken: use qbhash."), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qblogin", "qblogin --check", "qblogin --user bob --domain STUDIO"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        PasswordInput.Check(options);
        if (options.Has("display"))
        {
            throw new UsageException("--display is not taken: qbhash prints a sealed password for proxy_password");
        }

        string[] chosen = [.. new[] { "check", "forget", "list" }.Where(options.Has)];
        if (chosen.Length > 1)
        {
            throw new UsageException($"--{chosen[0]} and --{chosen[1]} exclude each other");
        }

        using var client = FarmClient.Find(options.Text("state"));
        switch (chosen)
        {
            case ["list"]:
                PrintList(Console.Out, await client.CredentialsAsync(options.Text("user"), token).ConfigureAwait(false), options.Has("json"), TimeZoneInfo.Local);
                return ExitCode.Done;
            case ["forget"]:
                var forgotten = await client.ForgetPasswordAsync(options.Text("user") ?? await UserAsync(client, token).ConfigureAwait(false), token).ConfigureAwait(false);
                Print(Console.Out, forgotten, $"password of {forgotten.User} forgotten: jobs of {forgotten.User} do not start on Windows hosts that run them as {forgotten.User}", options);
                return ExitCode.Done;
            case ["check"]:
                return await CheckAsync(client, options, token).ConfigureAwait(false);
            default:
                return await RegisterAsync(client, options, token).ConfigureAwait(false);
        }
    }

    private static async Task<int> RegisterAsync(FarmClient client, ParsedOptions options, CancellationToken token)
    {
        var reply = await client.SealingKeyAsync(null, token).ConfigureAwait(false);
        var user = options.Text("user") ?? reply.User;
        var domain = options.Text("domain");
        var account = string.IsNullOrEmpty(domain) ? user : $@"{domain}\{user}";
        var key = SealingPublicKey.Parse(reply.Key) ?? throw new FarmException("the supervisor's key to seal for is none: is it of the same version?", true);
        string password;
        using (var secret = PasswordInput.Read(options, account))
        {
            password = key.Seal(secret, new SealedFor(account, SealedFor.Stored));
        }

        var view = await client.RegisterPasswordAsync(new CredentialRequest { User = options.Text("user"), Domain = domain, Password = password }, token).ConfigureAwait(false);
        Print(Console.Out, view, $"password of {view.User} registered, for account {view.Account}: a Windows host tries it when a job of {view.User} next starts there, 'qblogin --check' shows with what result", options);
        return ExitCode.Done;
    }

    private static async Task<int> CheckAsync(FarmClient client, ParsedOptions options, CancellationToken token)
    {
        var user = options.Text("user") ?? await UserAsync(client, token).ConfigureAwait(false);
        var list = await client.CredentialsAsync(user, token).ConfigureAwait(false);
        if (list.Credentials is not [var view])
        {
            throw new FarmException($"no password of {user} is registered: run qblogin", true);
        }

        PrintCheck(Console.Out, view, options.Has("json"), TimeZoneInfo.Local);
        return view.IsRefused ? ExitCode.Refused : ExitCode.Done;
    }

    /// <summary>The caller as the supervisor knows them.</summary>
    private static async Task<string> UserAsync(FarmClient client, CancellationToken token) => (await client.SealingKeyAsync(null, token).ConfigureAwait(false)).User;

    private static void Print(TextWriter to, CredentialView view, string line, ParsedOptions options)
        => to.WriteLine(options.Has("json") ? JsonSerializer.Serialize(view, ApiJson.Default.CredentialView) : TextTable.Clean(line));

    internal static void PrintCheck(TextWriter to, CredentialView view, bool isJson, TimeZoneInfo zone)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(view, ApiJson.Default.CredentialView));
            return;
        }

        to.WriteLine(TextTable.Clean($"password of {view.User}, for account {view.Account}: registered {Time(view.Created, zone)} by {view.By}"));
        to.WriteLine(view.Used is { } used ? $"last used: {Time(used, zone)}" : view.Failed is null ? "last used: never, so nobody knows yet if it is right" : "last used: never");
        if (view.Failure is { } failure)
        {
            to.WriteLine(TextTable.Clean($"last failure{(view.Failed is { } failed ? " " + Time(failed, zone) : "")}: {failure}"));
        }
    }

    internal static void PrintList(TextWriter to, CredentialList list, bool isJson, TimeZoneInfo zone)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(list, ApiJson.Default.CredentialList));
            return;
        }

        var rows = list.Credentials.Select(view => (IReadOnlyList<string>)
            [view.User, view.Account, Time(view.Created, zone), view.By, view.Used is { } used ? Time(used, zone) : "never", view.IsRefused ? "refused" : view.Used is null ? "not tried" : "good", view.Failure ?? ""]).ToList();
        TextTable.Print(to, $"total: {rows.Count} password(s)", ["user", "account", "registered", "by", "used", "state", "last failure"], rows, null);
    }

    private static string Time(long unixMs, TimeZoneInfo zone)
        => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(unixMs), zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
