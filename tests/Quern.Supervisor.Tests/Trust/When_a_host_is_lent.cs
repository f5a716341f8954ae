using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Quern.Core;
using Quern.Protocol.Api;
using Quern.Protocol.Link;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Trust;

/// <summary>Dual mode as the supervisor sees it: one worker id, a service worker's certificate, and a short one for its person's desktop worker.</summary>
public sealed class When_a_host_is_lent
{
    private static readonly WorkerId Worker = new(1);
    private static readonly LoanProof Loan = new("ann", "loan1");

    [Fact]
    public async Task Should_give_the_service_worker_a_certificate_of_its_own_id_for_the_owner()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reply = await LendAsync(await farm.WorkerAsync(), key);
        using var certificate = X509Certificate2.CreateFromPem(reply.Certificate);
        Assert.Equal(new WorkerProof(1, Loan, Authority.HashOf(new PublicKey(key))), farm.Authority.ProofOf(certificate));
        Assert.Equal(3600, reply.Seconds);
        Assert.Null(await WhyNotAsync(farm, Loan, Hello("desktop", "ann")));
    }

    [Theory]
    [InlineData("service", "quern", "comes in service mode as quern")]
    [InlineData("service", "ann", "comes in service mode as ann")]
    [InlineData("desktop", "bob", "comes in desktop mode as bob")]
    public async Task Should_let_it_come_in_desktop_mode_of_that_owner_only(string mode, string account, string sentence)
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await LendAsync(await farm.WorkerAsync(), key);
        Assert.Contains(sentence, await WhyNotAsync(farm, Loan, Hello(mode, account)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_end_the_loan_when_the_service_worker_serves_again()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reply = await LendAsync(await farm.WorkerAsync(), key);

        // One that yields says Hello too.
        Assert.Null(await WhyNotAsync(farm, null, Hello("service", "quern", isDraining: true)));
        Assert.Null(await WhyNotAsync(farm, Loan, Hello("desktop", "ann")));

        Assert.Null(await WhyNotAsync(farm, null, Hello("service", "quern")));
        Assert.Contains("has taken it back", await WhyNotAsync(farm, Loan, Hello("desktop", "ann")), StringComparison.Ordinal);
        (await AsAsync(farm, reply, key, "ann")).Refused(HttpStatusCode.Unauthorized, "has taken it back");
    }

    [Fact]
    public async Task Should_end_the_loan_before_when_it_lends_again()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var service = await farm.WorkerAsync();
        await LendAsync(service, key);
        await LendAsync(service, key, "loan2");
        Assert.NotNull(await WhyNotAsync(farm, Loan, Hello("desktop", "ann")));
        Assert.Null(await WhyNotAsync(farm, Loan with { Id = "loan2" }, Hello("desktop", "ann")));
    }

    [Fact]
    public async Task Should_let_the_desktop_worker_vouch_for_its_owner_only()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reply = await LendAsync(await farm.WorkerAsync(), key);
        Assert.Equal(HttpStatusCode.OK, (await AsAsync(farm, reply, key, "ann")).Status);
        (await AsAsync(farm, reply, key, "bob")).Refused(HttpStatusCode.Forbidden, "belongs to ann and speaks for nobody else");
        (await AsAsync(farm, reply, key, "root")).Refused(HttpStatusCode.Forbidden, "speaks for nobody else");
    }

    [Fact]
    public async Task Should_refuse_everybody_who_is_no_service_worker()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var body = Body(key);
        var service = await farm.WorkerAsync();
        var loan = farm.Remote(LinkLimits.ServerName, TestFarm.Pair((await LendAsync(service, key)).Certificate, key));
        (await TestFarm.PostAsync(loan, ApiRoutes.WorkerLoan, body)).Refused(HttpStatusCode.Unauthorized, "only a service worker");
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerLoan, body)).Refused(HttpStatusCode.Unauthorized, "only a service worker");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerLoan, body)).Refused(HttpStatusCode.Forbidden, "only the service worker");
        (await TestFarm.PostAsync(await farm.PersonAsync("ann"), ApiRoutes.WorkerLoan, body)).Refused(HttpStatusCode.Forbidden, "ann asks for it");
        (await TestFarm.PostAsync(await farm.WorkerAsync("desktop", "ann"), ApiRoutes.WorkerLoan, body)).Refused(HttpStatusCode.Forbidden, "is the desktop worker of ann");
    }

    [Theory]
    [InlineData("root", "loan1", "cannot be the owner")]
    [InlineData("a b", "loan1", "cannot be the owner")]
    [InlineData("ann", "", "letters and digits")]
    [InlineData("ann", "loan,CN=worker-2", "letters and digits")]
    public async Task Should_refuse_names_that_are_none(string owner, string loan, string sentence)
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await TestFarm.PostAsync(await farm.WorkerAsync(), ApiRoutes.WorkerLoan, Body(key, loan, owner))).Refused(HttpStatusCode.BadRequest, sentence);
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("STUDIO\\ann+CN=worker-2")]
    [InlineData("jürgen@studio")]
    public void Should_sign_for_an_hour_and_keep_any_name_whole(string owner)
    {
        var folder = Directory.CreateTempSubdirectory("quern-trust-").FullName;
        try
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            using var authority = Authority.OpenOrCreate(folder, folder, time);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = X509Certificate2.CreateFromPem(authority.SignLoan(new PublicKey(key), 7, new LoanProof(owner, "loan1")));
            time.Advance(TimeSpan.FromMinutes(59));
            Assert.Equal(new WorkerProof(7, new LoanProof(owner, "loan1"), Authority.HashOf(new PublicKey(key))), authority.ProofOf(certificate));
            time.Advance(TimeSpan.FromMinutes(2));
            Assert.Null(authority.ProofOf(certificate));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static Hello Hello(string mode, string account, bool isDraining = false) => new() { Mode = mode, Account = account, Draining = isDraining };

    private static Task<string?> WhyNotAsync(TestFarm farm, LoanProof? loan, Hello hello) => farm.Loop.Ask((state, _) => HostLoans.WhyNot(state, Worker, loan, hello), default);

    private static string Body(ECDsa key, string loan = "loan1", string owner = "ann") => JsonSerializer.Serialize(
        new LoanCertificateRequest { Owner = owner, Loan = loan, CertificateRequest = new CertificateRequest("CN=anybody", key, HashAlgorithmName.SHA256).CreateSigningRequestPem() },
        ApiJson.Default.LoanCertificateRequest);

    private static async Task<LoanCertificateReply> LendAsync(HttpClient service, ECDsa key, string loan = "loan1")
    {
        var answer = await TestFarm.PostAsync(service, ApiRoutes.WorkerLoan, Body(key, loan));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.LoanCertificateReply)!;
    }

    /// <summary>What the desktop worker gets when it vouches for somebody.</summary>
    private static Task<Answer> AsAsync(TestFarm farm, LoanCertificateReply reply, ECDsa key, string user)
    {
        var client = farm.Remote(LinkLimits.ServerName, TestFarm.Pair(reply.Certificate, key));
        client.DefaultRequestHeaders.Add(ApiRoutes.VouchHeader, user);
        return TestFarm.GetAsync(client, ApiRoutes.Jobs);
    }
}
