using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Trust;

public sealed class When_a_worker_joins
{
    [Fact]
    public async Task A_token_joins_one_worker_once()
    {
        await using var farm = await TestFarm.StartAsync();
        var token = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerTokens, "")).Text, ApiJson.Default.TokenReply)!;
        var stranger = farm.Remote();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reply = await TestFarm.JoinAsync(stranger, key, token.Token);
        Assert.Equal($"127.0.0.1:{farm.Port}", reply.Address);
        Assert.Equal(farm.Authority.Pem, reply.Authority);
        Assert.Equal(reply.WorkerId, farm.Authority.ProofOf(X509Certificate2.CreateFromPem(reply.Certificate))?.WorkerId);
        var again = JsonSerializer.Serialize(TestFarm.Request(key, token.Token), ApiJson.Default.JoinRequest);
        (await TestFarm.PostAsync(stranger, ApiRoutes.WorkerJoin, again)).Refused(HttpStatusCode.Unauthorized, "used before");
        Assert.Single((await farm.Loop.Ask((state, _) => state.Workers.ToList(), default)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("quern1.AAAA")]
    [InlineData("nonsense")]
    public async Task Without_a_good_token_a_stranger_is_refused(string? token)
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var body = JsonSerializer.Serialize(TestFarm.Request(key, token), ApiJson.Default.JoinRequest);
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, body)).Refused(HttpStatusCode.Unauthorized, "token");
    }

    [Fact]
    public async Task A_refused_request_leaves_the_token_good()
    {
        await using var farm = await TestFarm.StartAsync();
        var token = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerTokens, "")).Text, ApiJson.Default.TokenReply)!.Token;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bad = TestFarm.Request(key, token) with { CertificateRequest = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----" };
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, JsonSerializer.Serialize(bad, ApiJson.Default.JoinRequest))).Refused(HttpStatusCode.BadRequest, "PKCS#10");
        await TestFarm.JoinAsync(farm.Remote(), key, token);
    }

    [Fact]
    public void A_request_with_an_rsa_key_or_a_forged_signature_is_refused()
    {
        using var rsa = RSA.Create(2048);
        var pem = new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
        Assert.Null(Authority.ReadRequest(pem, out var refusal));
        Assert.NotNull(refusal);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        der[^3] ^= 0x5a;
        Assert.Null(Authority.ReadRequest(PemEncoding.WriteString("CERTIFICATE REQUEST", der), out refusal));
        Assert.NotNull(refusal);
        Assert.Null(Authority.ReadRequest(new string('A', 10_000), out _));
    }

    [Fact]
    public void The_authority_is_the_same_after_a_restart_and_its_key_is_private()
    {
        var folder = Directory.CreateTempSubdirectory("quern-trust-").FullName;
        try
        {
            using var first = Authority.OpenOrCreate(folder, folder, TimeProvider.System);
            using var second = Authority.OpenOrCreate(folder, folder, TimeProvider.System);
            Assert.Equal(first.Fingerprint, second.Fingerprint);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, Authority.KeyFile)));
            File.Delete(Path.Combine(folder, Authority.KeyFile));
            Assert.Contains("key", Assert.Throws<AuthorityException>(() => Authority.OpenOrCreate(folder, folder, TimeProvider.System)).Message);
            File.WriteAllText(Path.Combine(folder, Authority.KeyFile), "junk");
            Assert.Contains("damaged", Assert.Throws<AuthorityException>(() => Authority.OpenOrCreate(folder, folder, TimeProvider.System)).Message);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Certificates_end_and_the_servers_own_is_renewed_before()
    {
        var folder = Directory.CreateTempSubdirectory("quern-trust-").FullName;
        try
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            using var authority = Authority.OpenOrCreate(folder, folder, time);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var worker = X509Certificate2.CreateFromPem(authority.SignWorker(new PublicKey(key), 7));
            var server = authority.ServerCertificate;
            Assert.Equal(new WorkerProof(7, null, Authority.HashOf(new PublicKey(key))), authority.ProofOf(worker));
            Assert.Null(authority.ProofOf(server.TargetCertificate));
            time.Advance(TimeSpan.FromDays(240));
            Assert.Same(server, authority.ServerCertificate);
            time.Advance(TimeSpan.FromDays(10));
            Assert.NotSame(server, authority.ServerCertificate);
            time.Advance(TimeSpan.FromDays(120));
            Assert.Null(authority.ProofOf(worker));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
