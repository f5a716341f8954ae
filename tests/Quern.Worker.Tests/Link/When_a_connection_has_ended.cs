using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Quern.Worker.Link;

namespace Quern.Worker.Tests.Link;

public sealed class When_a_connection_has_ended
{
    [Fact]
    public void Should_let_itself_be_closed_once_more()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var connection = new LinkConnection(new SupervisorAddress("localhost", 1), new WorkerIdentity(certificate, certificate), CancellationToken.None);
        connection.Close();
        connection.Dispose();

        // The loop may want it closed before it has read that it has ended.
        connection.Close();
    }
}
