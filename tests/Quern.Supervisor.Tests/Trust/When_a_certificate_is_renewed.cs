using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Protocol.Link;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Trust;

/// <summary>A worker asks under its present certificate for the next.</summary>
public sealed class When_a_certificate_is_renewed
{
    [Fact]
    public async Task Should_give_the_same_worker_and_key_another_year_and_keep_the_old_one_good()
    {
        await using var farm = await TestFarm.StartAsync();
        using var old = await farm.JoinAsync();
        var answer = await TestFarm.PostAsync(farm.Remote(LinkLimits.ServerName, old), ApiRoutes.WorkerRenewal, Body(old));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);

        using var next = X509Certificate2.CreateFromPem(JsonSerializer.Deserialize(answer.Text, ApiJson.Default.RenewalReply)!.Certificate);
        Assert.Equal(farm.Authority.ProofOf(old), farm.Authority.ProofOf(next));
        Assert.NotEqual(old.SerialNumber, next.SerialNumber);
        Assert.Null(await farm.Loop.Ask((state, _) => Membership.WhyNot(state, farm.Authority.ProofOf(old)!), default));
        Assert.Null(await farm.Loop.Ask((state, _) => Membership.WhyNot(state, farm.Authority.ProofOf(next)!), default));
    }

    [Fact]
    public async Task Should_refuse_another_key()
    {
        await using var farm = await TestFarm.StartAsync();
        using var own = await farm.JoinAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await TestFarm.PostAsync(farm.Remote(LinkLimits.ServerName, own), ApiRoutes.WorkerRenewal, Body(other))).Refused(HttpStatusCode.BadRequest, "another key");
    }

    [Fact]
    public async Task Should_refuse_everybody_who_is_no_worker()
    {
        await using var farm = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerRenewal, Body(key))).Refused(HttpStatusCode.Unauthorized, "not renewed");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerRenewal, Body(key))).Refused(HttpStatusCode.Forbidden, "for the worker alone");
        (await TestFarm.PostAsync(await farm.PersonAsync("ann"), ApiRoutes.WorkerRenewal, Body(key))).Refused(HttpStatusCode.Forbidden, "ann asks for it");
    }

    [Fact]
    public async Task Should_refuse_a_certificate_that_counts_no_more()
    {
        await using var farm = await TestFarm.StartAsync();
        using var old = await farm.JoinAsync();
        using var newer = await farm.JoinAsync();
        (await TestFarm.PostAsync(farm.Remote(LinkLimits.ServerName, old), ApiRoutes.WorkerRenewal, Body(old))).Refused(HttpStatusCode.Forbidden, "joined again");
        await farm.Loop.Ask((state, now) => { state.RemoveWorker(new WorkerId(1), Caller.Farm, now); return true; }, default);
        (await TestFarm.PostAsync(farm.Remote(LinkLimits.ServerName, newer), ApiRoutes.WorkerRenewal, Body(newer))).Refused(HttpStatusCode.Forbidden, "was removed");
    }

    private static string Body(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return Body(key);
    }

    private static string Body(ECDsa key) => JsonSerializer.Serialize(
        new RenewalRequest { CertificateRequest = new CertificateRequest("CN=anybody", key, HashAlgorithmName.SHA256).CreateSigningRequestPem() }, ApiJson.Default.RenewalRequest);
}
