using System.Net;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Secrets;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Passwords;

public sealed class When_passwords_are_registered
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task Everybody_registers_looks_at_and_forgets_their_own()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");

        var view = await RegisterAsync(ann, await SealAsync(ann, "ann"));
        Assert.Equal(("ann", "ann", "ann@w1", false), (view.User, view.Account, view.By, view.IsRefused));
        Assert.Equal(view, Assert.Single(await ListAsync(ann, "?user=ann")));

        Assert.Equal(HttpStatusCode.OK, (await ann.DeleteAsync(ApiRoutes.Credentials + "/ann")).StatusCode);
        Assert.Empty(await ListAsync(ann, "?user=ann"));
        using var again = new HttpRequestMessage(HttpMethod.Delete, ApiRoutes.Credentials + "/ann");
        (await SendAsync(ann, again)).Refused(HttpStatusCode.NotFound, "no password of ann is registered; there is nothing to forget");
    }

    [Fact]
    public async Task Others_passwords_and_domains_are_for_administrators()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var bobs = await SealAsync(ann, "bob");
        var studios = await SealAsync(ann, @"STUDIO\ann");

        (await PostAsync(ann, new CredentialRequest { User = "bob", Password = bobs })).Refused(HttpStatusCode.Forbidden, "registering the password of bob is refused: ann is no administrator");
        (await PostAsync(ann, new CredentialRequest { Domain = "STUDIO", Password = studios })).Refused(HttpStatusCode.Forbidden, "cannot name a domain");
        (await TestFarm.GetAsync(ann, ApiRoutes.Credentials)).Refused(HttpStatusCode.Forbidden, "passwords of everybody is refused");
        (await TestFarm.GetAsync(ann, ApiRoutes.Credentials + "?user=bob")).Refused(HttpStatusCode.Forbidden, "passwords of bob is refused");
        using var forget = new HttpRequestMessage(HttpMethod.Delete, ApiRoutes.Credentials + "/bob");
        (await SendAsync(ann, forget)).Refused(HttpStatusCode.Forbidden, "forgetting the password of bob is refused");
        (await TestFarm.GetAsync(farm.Remote(), ApiRoutes.SealingKey)).Refused(HttpStatusCode.Unauthorized, "does not know who calls");

        await RegisterAsync(farm.Local, bobs, "bob");
        var view = await RegisterAsync(farm.Local, studios, "ann", "STUDIO");
        Assert.Equal(@"STUDIO\ann", view.Account);
        Assert.Equal(["ann", "bob"], (await ListAsync(farm.Local, "")).Select(one => one.User));
    }

    [Fact]
    public async Task What_is_not_sealed_for_this_account_and_supervisor_is_refused_in_a_sentence()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        using var other = SealingKey.Create();
        using var secret = Secret.OfChars(Password);

        (await PostAsync(ann, new CredentialRequest { Password = Password })).Refused(HttpStatusCode.BadRequest, "it is not a whole sealed password; run qblogin again");
        (await PostAsync(ann, new CredentialRequest { Password = await SealAsync(ann, "bob") })).Refused(HttpStatusCode.BadRequest, "it is sealed for account 'bob', not for 'ann'");
        (await PostAsync(ann, new CredentialRequest { Password = other.Public.Seal(secret, new SealedFor("ann", SealedFor.Stored)) })).Refused(HttpStatusCode.BadRequest, $"it is sealed for key {other.Public.Id}, and this supervisor's is {farm.Seal.Public.Id}");
        (await PostAsync(farm.Local, new CredentialRequest { User = @"STUDIO\ann", Password = "" })).Refused(HttpStatusCode.BadRequest, "the Windows domain goes to --domain");
        (await PostAsync(farm.Local, new CredentialRequest { Domain = "a b", Password = "" })).Refused(HttpStatusCode.BadRequest, "'a b' cannot be a domain");
    }

    [Fact]
    public async Task Who_did_what_is_in_the_history_and_no_password_is_anywhere()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var sealedText = await SealAsync(ann, "ann");
        var replied = JsonSerializer.Serialize(await RegisterAsync(ann, sealedText)) + (await TestFarm.GetAsync(farm.Local, ApiRoutes.Credentials)).Text;
        await ann.DeleteAsync(ApiRoutes.Credentials + "/ann");

        var history = farm.Loop.Store.Events(0, 0, 100);
        Assert.Equal(["ann w1 password of ann registered, for account ann", "ann w1 password of ann forgotten"], history.Where(row => row.Comment.Contains("password")).Select(row => $"{row.Who} {row.From} {row.Comment}"));
        var all = replied + string.Concat(history) + string.Concat(farm.Log.Lines);
        Assert.DoesNotContain(Password, all);
        Assert.DoesNotContain(sealedText, all);
    }

    [Fact]
    public async Task A_key_of_a_worker_is_shown_when_it_needs_one()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        (await TestFarm.GetAsync(ann, ApiRoutes.SealingKey + "?worker=nobody")).Refused(HttpStatusCode.NotFound, "there is no host 'nobody'");
        (await TestFarm.GetAsync(ann, ApiRoutes.SealingKey + "?worker=w1")).Refused(HttpStatusCode.BadRequest, "only workers on Windows in service mode need passwords");
    }

    internal static async Task<string> SealAsync(HttpClient client, string account)
    {
        var answer = await TestFarm.GetAsync(client, ApiRoutes.SealingKey);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        using var secret = Secret.OfChars(Password);
        return SealingPublicKey.Parse(JsonSerializer.Deserialize(answer.Text, ApiJson.Default.SealingKeyReply)!.Key)!.Seal(secret, new SealedFor(account, SealedFor.Stored));
    }

    private static async Task<CredentialView> RegisterAsync(HttpClient client, string password, string? user = null, string? domain = null)
    {
        var answer = await PostAsync(client, new CredentialRequest { User = user, Domain = domain, Password = password });
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.CredentialView)!;
    }

    private static Task<Answer> PostAsync(HttpClient client, CredentialRequest request) => TestFarm.PostAsync(client, ApiRoutes.Credentials, JsonSerializer.Serialize(request, ApiJson.Default.CredentialRequest));

    private static async Task<IReadOnlyList<CredentialView>> ListAsync(HttpClient client, string query)
    {
        var answer = await TestFarm.GetAsync(client, ApiRoutes.Credentials + query);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.CredentialList)!.Credentials;
    }

    private static async Task<Answer> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
