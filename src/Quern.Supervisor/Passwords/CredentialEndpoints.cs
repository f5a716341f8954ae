using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Secrets;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Passwords;

/// <summary>
/// Passwords for the logons of users' jobs on Windows hosts. They come sealed and are not opened here; nothing that is answered holds one. Everybody registers,
/// looks at and forgets their own; administrators anybody's.
/// </summary>
internal sealed class CredentialEndpoints(IFarmLoop loop, PasswordSeal seal)
{
    private const int LongestDomain = 255;

    /// <summary>GET: the key to seal for.</summary>
    public async Task ShowKeyAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var reply = new SealingKeyReply { Key = seal.Public.ToString(), Recipient = "supervisor", User = caller.User };
        if ((string?)context.Request.Query["worker"] is { Length: > 0 } name)
        {
            var key = await loop.Ask((farm, _) => KeyOf(farm, name), context.RequestAborted).ConfigureAwait(false);
            reply = reply with { Recipient = name, Key = key ?? throw ApiRefusal.Missing($"there is no host '{TargetText.Quote(name)}': qbhosts lists the workers") };
            if (key.Length == 0)
            {
                throw ApiRefusal.Bad($"the worker on {name} has no key to seal for: only workers on Windows in service mode need passwords");
            }
        }

        await ApiGate.WriteAsync(context, reply, ApiJson.Default.SealingKeyReply).ConfigureAwait(false);
    }

    /// <summary>GET: one user's, or for administrators all.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var user = (string?)context.Request.Query["user"];
        if (!caller.IsAdministrator && user != caller.User)
        {
            throw ApiRefusal.Forbidden($"a look at passwords of {(user is null ? "everybody" : TargetText.Quote(user))} is refused: {caller.User} is no administrator; look at your own with 'qblogin --check'");
        }

        var views = await loop.Ask((farm, now) => farm.Credentials.Where(row => user is null || row.User == user).Select(row => ViewOf(row, now)).ToList(), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new CredentialList { Credentials = views }, ApiJson.Default.CredentialList).ConfigureAwait(false);
    }

    /// <summary>POST: keeps a password in place of an earlier one.</summary>
    public async Task RegisterAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.CredentialRequest).ConfigureAwait(false);
        var user = UserOf(request.User, caller, "registering");
        if (request.Domain is not null && !caller.IsAdministrator)
        {
            throw ApiRefusal.Forbidden($"registering a password is refused: {caller.User} is no administrator and cannot name a domain; leave --domain out, or ask root or the owner of the supervisor");
        }

        var account = request.Domain is { Length: > 0 } domain ? $@"{CheckDomain(domain)}\{user}" : user;
        if ((seal.WhyNotMine(request.Password ?? "") ?? WhyNotOf(request.Password!, account)) is { } fault)
        {
            throw ApiRefusal.Bad($"registering a password is refused: {fault}; run qblogin again");
        }

        var view = await loop.Ask(
            (farm, now) =>
            {
                farm.PutCredential(user, account, request.Password!, caller, now);
                return ViewOf(farm.FindCredential(user)!, now);
            },
            context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, view, ApiJson.Default.CredentialView).ConfigureAwait(false);
    }

    /// <summary>DELETE: forgets one.</summary>
    public async Task ForgetAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var user = UserOf((string?)context.Request.RouteValues["user"], caller, "forgetting");
        var view = await loop.Ask(
            (farm, now) => farm.FindCredential(user) is { } row && farm.ForgetCredential(user, caller, now) ? ViewOf(row, now) : null,
            context.RequestAborted).ConfigureAwait(false)
            ?? throw ApiRefusal.Missing($"no password of {user} is registered; there is nothing to forget");
        await ApiGate.WriteAsync(context, view, ApiJson.Default.CredentialView).ConfigureAwait(false);
    }

    private static string? KeyOf(Farm farm, string name)
        => farm.Workers.Where(worker => worker.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(worker => worker.Facts.SealingKey).OrderByDescending(key => key.Length).FirstOrDefault();

    private static string UserOf(string? named, Caller caller, string what)
    {
        var user = named ?? caller.User;
        if (user != caller.User && !caller.IsAdministrator)
        {
            throw ApiRefusal.Forbidden($"{what} the password of {TargetText.Quote(user)} is refused: {caller.User} is no administrator; ask root or the owner of the supervisor");
        }

        return CallerIdentity.IsName(user) && !user.Contains('\\', StringComparison.Ordinal)
            ? user
            : throw ApiRefusal.Bad($"{what} a password is refused: '{TargetText.Quote(user)}' is no user of the farm; name one as qbjobs shows it, the Windows domain goes to --domain");
    }

    private static string CheckDomain(string domain)
        => domain.Length <= LongestDomain && domain.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_')
            ? domain
            : throw ApiRefusal.Bad($"registering a password is refused: '{TargetText.Quote(domain)}' cannot be a domain; write it as STUDIO or studio.example");

    private static string? WhyNotOf(string password, string account)
        => SealedText.Parse(password) is { } parsed && SealedFor.KeyOf(parsed.Account) != SealedFor.KeyOf(account) ? $"it is sealed for account '{TargetText.Quote(parsed.Account)}', not for '{account}'" : null;

    private CredentialView ViewOf(CredentialRow row, Now now)
    {
        var problem = seal.WhyNotMine(row.Sealed!);
        return new CredentialView
        {
            User = row.User, Account = row.Account, Created = row.CreatedMs, By = row.By, Used = Time(row.UsedMs), Failed = Time(row.FailedMs),
            Failure = problem is null ? (row.Failure.Length == 0 ? null : row.Failure) : $"the supervisor cannot open it: {problem}: run 'qblogin' as {row.User} again",
            IsRefused = problem is not null || (row.RefusedMs > 0 && now.Unix < row.RefusedMs + Farm.PasswordRestMs),
        };
    }

    private static long? Time(long unixMs) => unixMs == 0 ? null : unixMs;
}
