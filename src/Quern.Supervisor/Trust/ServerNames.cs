using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography.X509Certificates;
using Quern.Protocol.Link;

namespace Quern.Supervisor.Trust;

/// <summary>Names and addresses this host can be reached by. The resolver is not asked: it may be slow, and it may lie.</summary>
internal static class ServerNames
{
    public static X509Extension Read()
    {
        var names = new SubjectAlternativeNameBuilder();
        var host = Environment.MachineName;
        names.AddDnsName(LinkLimits.ServerName);
        names.AddDnsName("localhost");
        if (host != "localhost" && Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            names.AddDnsName(host);
        }

        foreach (var address in Addresses())
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }

    private static HashSet<IPAddress> Addresses()
    {
        HashSet<IPAddress> found = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        try
        {
            foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
            {
                foreach (var own in card.GetIPProperties().UnicastAddresses)
                {
                    // A scope number is this host's own matter.
                    found.Add(new IPAddress(own.Address.GetAddressBytes()));
                }
            }
        }
        catch (NetworkInformationException)
        {
            // A container may forbid the question; names and loopback remain.
        }

        return found;
    }
}
