using System.Net;
using Quern.Supervisor.Settings;

namespace Quern.Supervisor.Trust;

/// <summary>
/// Which hosts may be members, beside those that an administrator lets join: <c>supervisor_host_policy</c>. Restricted ones have to stand in the central file (qbwrk.conf), by
/// name, with or without its domain, or by address. Looked at when a host joins and whenever it connects. Source: reference, worker 3.5.
/// </summary>
internal sealed class HostAdmission(CentralSettings central, Func<string> policy)
{
    public const string Setting = "supervisor_host_policy";

    /// <summary>Why the host may not come, a sentence; null when it may.</summary>
    /// <param name="address">From where it comes; null = by the supervisor's own socket.</param>
    public string? WhyNot(string name, IPAddress? address)
    {
        var rule = policy();
        if (rule == "open")
        {
            return null;
        }

        var isNamed = central.IsNamed(name) || central.IsNamed(name.Split('.')[0]);
        var isAddressed = address is null || central.IsNamed((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString());
        var (isIn, what) = rule switch
        {
            "restrictedbyname" => (isNamed, $"'{OneWord(name)}'"),
            "restrictedbyaddress" => (isAddressed, $"its address {address}"),
            _ => (isNamed || isAddressed, $"'{OneWord(name)}' or its address {address}"),
        };
        return isIn ? null : $"supervisor_host_policy = {rule}, and the central settings have no section {what}; add one with 'quern config push'";
    }

    private static string OneWord(string text) => new([.. text.Take(64).Select(c => char.IsControl(c) ? ' ' : c)]);
}
