using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Secrets;

namespace Quern.Cli.Passwords;

/// <summary>What qbhash made.</summary>
/// <param name="Password">The value of proxy_password.</param>
/// <param name="Account">The proxy_account it is for.</param>
/// <param name="Recipient">Who can open it: supervisor, a worker's name, or local.</param>
internal sealed record HashReply(string Password, string Account, string Recipient);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HashReply))]
internal sealed partial class HashJson : JsonSerializerContext;

/// <summary>qbhash: a password as proxy_password takes it (reference, clients 2.3). Qube's form can be read by everybody who has the file; this one by one program.</summary>
internal static class HashCommand
{
    private const string Local = "local";

    public static Command Make() => new(
        "qbhash", "[options]", "Prints a sealed password for proxy_password: for qbwrk.conf, or for the qb.conf of one Windows host. It is asked for twice.",
        [
            new("account", "NAME", "The proxy_account it is for; else that of this machine's qb.conf.") { IsOurs = true },
            new("worker", "HOST", "Sealed for that host's worker alone, for its qb.conf.") { IsOurs = true },
            new(Local, null, "Keeps it on this Windows host itself and prints where, for its qb.conf. As an administrator.") { IsOurs = true },
            new("config", "FILE", "This machine's settings (qb.conf).") { IsOurs = true },
            PasswordInput.Stdin, PasswordInput.Refused, Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbhash --account render", "qbhash --account render --worker win7", "qbhash --local"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        PasswordInput.Check(options);
        if (options.Has(Local) && options.Has("worker"))
        {
            throw new UsageException("--local and --worker exclude each other");
        }

        var account = options.Text("account") ?? ProxyAccount(options);
        var reply = options.Has(Local) ? await KeepAsync(account, options, token).ConfigureAwait(false) : await SealAsync(account, options, token).ConfigureAwait(false);
        Print(Console.Out, reply, options.Has("json"));
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, HashReply reply, bool isJson) => to.WriteLine(isJson ? JsonSerializer.Serialize(reply, HashJson.Default.HashReply) : reply.Password);

    private static async Task<HashReply> SealAsync(string account, ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.SealingKeyAsync(options.Text("worker"), token).ConfigureAwait(false);
        var key = SealingPublicKey.Parse(reply.Key) ?? throw new FarmException($"the key of {reply.Recipient} to seal for is none: is it of the same version?", true);
        using var secret = PasswordInput.Read(options, account);
        return new HashReply(key.Seal(secret, new SealedFor(account, SealedFor.Proxy)), account, reply.Recipient);
    }

    /// <summary>The worker's program keeps it: only there are the calls of Windows.</summary>
    private static async Task<HashReply> KeepAsync(string account, ParsedOptions options, CancellationToken token)
    {
        List<string> words = ["keep-password", "--account", account];
        if (options.Text("state") is { } state)
        {
            words.AddRange(["--state", state]);
        }

        using var secret = PasswordInput.Read(options, account);
        using var keeping = Process.Start(new ProcessStartInfo(Programs.PathOf("quern-worker"), words) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        keeping.StandardInput.BaseStream.Write(secret.Utf8());
        keeping.StandardInput.Close();
        var said = await keeping.StandardOutput.ReadToEndAsync(token).ConfigureAwait(false);
        var fault = await keeping.StandardError.ReadToEndAsync(token).ConfigureAwait(false);
        await keeping.WaitForExitAsync(token).ConfigureAwait(false);
        const string prefix = "quern-worker: ";
        return keeping.ExitCode == 0
            ? new HashReply(said.Trim(), account, Local)
            : throw new FarmException(fault.Trim() is var text && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : fault.Trim(), true);
    }

    private static string ProxyAccount(ParsedOptions options)
    {
        var file = ConfigCommand.MachineFile(options);
        return QuernSettings.Load(File.Exists(file) ? file : null, []).Text("proxy_account");
    }
}
