using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Trust;

/// <summary>What is known of a caller: who (null = nobody in particular), or the sentence and status of a refusal.</summary>
internal readonly record struct CallerProof(Caller? Caller, int Status, string? Refusal);

/// <summary>
/// Who calls, from proof only: the kernel's word on the local socket, or a worker's word under its certificate. A desktop worker's word is good
/// for its owner alone. Administrators are root, the owner of the supervisor's state, and whom they made one.
/// </summary>
internal sealed class CallerIdentity(IFarmLoop loop, AccountNames accounts, IReadOnlyList<string>? vouchingHosts = null, Administrators? administrators = null)
{
    private const int LongestName = 64;
    private readonly uint owner = AccountNames.OwnUid();

    /// <summary>The key under which the owner of a desktop worker is kept with the farm.</summary>
    public static string OwnerKey(int workerId) => $"worker-owner:{workerId}";

    public async ValueTask<CallerProof> ProveAsync(HttpContext context)
    {
        var peer = context.Features.Get<Peer>();
        if (peer?.Uid is { } uid)
        {
            return await accounts.FindAsync(uid, context.RequestAborted).ConfigureAwait(false) is { } name
                ? new CallerProof(new Caller(name, Environment.MachineName, uid == 0 || uid == owner || IsAdministrator(name)), 0, null)
                : Refused(StatusCodes.Status403Forbidden, $"the caller is refused: uid {uid} has no account name on {Environment.MachineName}; call as an account that 'getent passwd' knows");
        }

        var vouched = context.Request.Headers[ApiRoutes.VouchHeader];
        if (StringValues.IsNullOrEmpty(vouched))
        {
            return default;
        }

        if (peer?.Proof is not { } worker)
        {
            return Refused(StatusCodes.Status401Unauthorized, $"the caller is refused: header {ApiRoutes.VouchHeader} counts only under a worker's certificate; call the socket of a worker or supervisor on your host");
        }

        return vouched.Count == 1 && IsName(vouched[0])
            ? await VouchAsync(worker, vouched[0]!, context.RequestAborted).ConfigureAwait(false)
            : Refused(StatusCodes.Status400BadRequest, $"the caller is refused: header {ApiRoutes.VouchHeader} is not one account name; update the worker");
    }

    /// <summary>Could be the name of an account: short, printable, without separators.</summary>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= LongestName } && name[0] != '-' && name.All(c => !char.IsControl(c) && !char.IsWhiteSpace(c) && c is not (':' or '/' or ','));

    private async Task<CallerProof> VouchAsync(WorkerProof proof, string name, CancellationToken cancellationToken)
    {
        var worker = proof.WorkerId;
        var (host, only, over) = await loop.Ask(
            (farm, _) => (farm.HostNameOf(new WorkerId(worker)), proof.Loan?.Owner ?? farm.Setting(OwnerKey(worker)), Membership.WhyNot(farm, proof) ?? (proof.Loan is { } loan ? HostLoans.WhyOver(farm, new WorkerId(worker), loan) : null)),
            cancellationToken).ConfigureAwait(false);
        if (over is not null)
        {
            return Refused(StatusCodes.Status401Unauthorized, $"the caller is refused: {over}");
        }

        if (vouchingHosts is { Count: > 0 } && !vouchingHosts.Contains(host, StringComparer.OrdinalIgnoreCase))
        {
            return Refused(StatusCodes.Status403Forbidden, $"the caller is refused: the worker on {host} may not vouch for anybody (supervisor_vouch); call from a host that may, or ask for it to be added");
        }

        return only is not null && only != name
            ? Refused(StatusCodes.Status403Forbidden, $"the caller is refused: the worker on {host} belongs to {only} and speaks for nobody else; {name} needs a worker or supervisor of the host's own")
            : new CallerProof(new Caller(name, host, (name == "root" && only is null) || IsAdministrator(name)), 0, null);
    }

    private bool IsAdministrator(string name) => administrators?.Includes(name) ?? false;

    private static CallerProof Refused(int status, string sentence) => new(null, status, sentence);
}
