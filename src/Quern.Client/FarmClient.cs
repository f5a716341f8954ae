using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Quern.Protocol.Api;

namespace Quern.Client;

/// <summary>
/// The farm, over the local socket of a supervisor or of a worker that passes calls on. Every call either returns its answer or throws
/// <see cref="FarmException"/> with one line. Safe for several calls at once.
/// </summary>
public sealed class FarmClient : IDisposable
{
    private readonly HttpClient http;
    private readonly string socket;

    private FarmClient(string socket)
    {
        this.socket = socket;
        var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        http = new HttpClient(handler) { BaseAddress = new Uri("http://quern"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The supervisor of a state.</summary>
    public static FarmClient OfState(string state) => new(FarmLocation.Find(state));

    /// <summary>The supervisor this process means: see <see cref="FarmLocation"/>.</summary>
    /// <param name="state">State folder; null = <c>QUERN_STATE</c> or another place.</param>
    /// <param name="supervisor">HOST or HOST:PORT; null = <c>QB_SUPERVISOR</c> or qb.conf.</param>
    public static FarmClient Find(string? state, string? supervisor = null) => new(FarmLocation.Find(state, supervisor));

    public static FarmClient OfSocket(string socket) => new(socket);

    public void Dispose() => http.Dispose();

    public Task<PingReply> PingAsync(CancellationToken token) => GetAsync(ApiRoutes.Ping, ApiJson.Default.PingReply, token);

    /// <summary>Submits. When the reply is lost it is asked for once more with the same request id, which makes no second job.</summary>
    public async Task<SubmitReply> SubmitAsync(SubmitRequest request, CancellationToken token)
    {
        try
        {
            return await PostAsync(ApiRoutes.Jobs, request, ApiJson.Default.SubmitRequest, ApiJson.Default.SubmitReply, token).ConfigureAwait(false);
        }
        catch (FarmException exception) when (!exception.IsReached)
        {
            return await PostAsync(ApiRoutes.Jobs, request, ApiJson.Default.SubmitRequest, ApiJson.Default.SubmitReply, token).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<JobView>> JobsAsync(JobQuery query, CancellationToken token)
        => (await GetAsync(ApiRoutes.Jobs + query, ApiJson.Default.JobList, token).ConfigureAwait(false)).Jobs;

    public Task<IReadOnlyList<JobView>> JobsAsync(IReadOnlyList<long> ids, bool subjobs, bool agenda, CancellationToken token)
        => JobsAsync(new JobQuery { Ids = ids, WithInstances = subjobs, WithItems = agenda }, token);

    public Task<ActionReply> ActAsync(ActionRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Actions, request, ApiJson.Default.ActionRequest, ApiJson.Default.ActionReply, token);

    /// <summary>Fires an event of a user's own name.</summary>
    public Task<TriggerReply> FireAsync(TriggerRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Triggers, request, ApiJson.Default.TriggerRequest, ApiJson.Default.TriggerReply, token);

    /// <param name="query">Empty = all of them; else as <c>?state=active&amp;expression=...</c>.</param>
    public async Task<IReadOnlyList<HostView>> HostsAsync(string query, CancellationToken token)
        => (await GetAsync(ApiRoutes.Hosts + query, ApiJson.Default.HostList, token).ConfigureAwait(false)).Hosts;

    /// <summary>Locks or opens slots of hosts; the names of those that changed.</summary>
    public Task<ActionReply> LockAsync(LockRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.HostLocks, request, ApiJson.Default.LockRequest, ApiJson.Default.ActionReply, token);

    public async Task<IReadOnlyList<EventView>> HistoryAsync(long job, long after, CancellationToken token)
        => (await GetAsync($"{ApiRoutes.History}/{job}?after={after}", ApiJson.Default.EventList, token).ConfigureAwait(false)).Events;

    /// <summary>Why a job, instance or item (<c>12</c>, <c>12.0</c>, <c>12:37</c>) waits, and what would let it run.</summary>
    /// <param name="host">Only what this host says; null = all.</param>
    public async Task<IReadOnlyList<WhyView>> WhyAsync(string target, string? host, CancellationToken token)
        => (await GetAsync($"{ApiRoutes.Why}/{Uri.EscapeDataString(target)}{(host is null ? "" : $"?host={Uri.EscapeDataString(host)}")}", ApiJson.Default.WhyReply, token).ConfigureAwait(false)).Reports;

    /// <summary>The same for jobs that are not submitted.</summary>
    public async Task<IReadOnlyList<WhyView>> WhyAsync(WhyRequest request, CancellationToken token)
        => (await PostAsync(ApiRoutes.Why, request, ApiJson.Default.WhyRequest, ApiJson.Default.WhyReply, token).ConfigureAwait(false)).Reports;

    /// <summary>Jobs that wait, in the order in which a host would take them.</summary>
    /// <param name="limit">Most jobs; null = as many as the supervisor gives.</param>
    public Task<JobOrderReply> JobOrderAsync(string host, int? limit, CancellationToken token)
        => GetAsync($"{ApiRoutes.JobOrder}/{Uri.EscapeDataString(host)}{(limit is null ? "" : $"?limit={limit}")}", ApiJson.Default.JobOrderReply, token);

    public Task<TokenReply> CreateTokenAsync(CancellationToken token) => SendAsync(new HttpRequestMessage(HttpMethod.Post, ApiRoutes.WorkerTokens), ApiJson.Default.TokenReply, token);

    public Task<ConfigPushReply> PushConfigAsync(ConfigPushRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Config, request, ApiJson.Default.ConfigPushRequest, ApiJson.Default.ConfigPushReply, token);

    public async Task<IReadOnlyList<ConfigVersionView>> ConfigVersionsAsync(CancellationToken token)
        => (await GetAsync(ApiRoutes.Config, ApiJson.Default.ConfigVersionList, token).ConfigureAwait(false)).Versions;

    public Task<ConfigVersionView> ConfigVersionAsync(int version, CancellationToken token)
        => GetAsync($"{ApiRoutes.ConfigVersions}/{version}", ApiJson.Default.ConfigVersionView, token);

    public Task<ConfigHostView> ConfigHostAsync(string host, CancellationToken token)
        => GetAsync($"{ApiRoutes.ConfigHosts}/{Uri.EscapeDataString(host)}", ApiJson.Default.ConfigHostView, token);

    /// <summary>What passwords are sealed for: the supervisor's key, or that of a worker.</summary>
    public Task<SealingKeyReply> SealingKeyAsync(string? worker, CancellationToken token)
        => GetAsync(ApiRoutes.SealingKey + (worker is null ? "" : $"?worker={Uri.EscapeDataString(worker)}"), ApiJson.Default.SealingKeyReply, token);

    public Task<CredentialView> RegisterPasswordAsync(CredentialRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Credentials, request, ApiJson.Default.CredentialRequest, ApiJson.Default.CredentialView, token);

    /// <summary>Registered passwords, without the passwords: one user's, or all, for administrators.</summary>
    public Task<CredentialList> CredentialsAsync(string? user, CancellationToken token)
        => GetAsync(ApiRoutes.Credentials + (user is null ? "" : $"?user={Uri.EscapeDataString(user)}"), ApiJson.Default.CredentialList, token);

    public Task<CredentialView> ForgetPasswordAsync(string user, CancellationToken token)
        => SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{ApiRoutes.Credentials}/{Uri.EscapeDataString(user)}"), ApiJson.Default.CredentialView, token);

    public async Task<IReadOnlyList<UserView>> UsersAsync(CancellationToken token)
        => (await GetAsync(ApiRoutes.Users, ApiJson.Default.UserList, token).ConfigureAwait(false)).Users;

    public Task<ActionReply> ChangeUsersAsync(UserChangeRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Users, request, ApiJson.Default.UserChangeRequest, ApiJson.Default.ActionReply, token);

    public async Task<IReadOnlyList<ResourceView>> ResourcesAsync(CancellationToken token)
        => (await GetAsync(ApiRoutes.Resources, ApiJson.Default.ResourceList, token).ConfigureAwait(false)).Resources;

    public async Task<IReadOnlyList<ResourceView>> UpdateResourceAsync(ResourceUpdateRequest request, CancellationToken token)
        => (await PostAsync(ApiRoutes.Resources, request, ApiJson.Default.ResourceUpdateRequest, ApiJson.Default.ResourceList, token).ConfigureAwait(false)).Resources;

    /// <summary>Hosts that were removed and are kept out. For administrators.</summary>
    public async Task<IReadOnlyList<RemovedHostView>> RemovedHostsAsync(CancellationToken token)
        => (await GetAsync(ApiRoutes.RemovedHosts, ApiJson.Default.RemovedHostList, token).ConfigureAwait(false)).Hosts;

    /// <summary>Removes hosts from the farm, or lets them back.</summary>
    public Task<ActionReply> ChangeHostsAsync(HostRemovalRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.RemovedHosts, request, ApiJson.Default.HostRemovalRequest, ApiJson.Default.ActionReply, token);

    /// <summary>Has hosts say anew what they have.</summary>
    public Task<ActionReply> RefreshHostsAsync(HostRefreshRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.HostRefresh, request, ApiJson.Default.HostRefreshRequest, ApiJson.Default.ActionReply, token);

    /// <summary>Says resources and properties of hosts while they run, or takes them back.</summary>
    public Task<ActionReply> SayOfHostsAsync(HostWordsRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.HostWords, request, ApiJson.Default.HostWordsRequest, ApiJson.Default.ActionReply, token);

    /// <summary>Adds a callback of the farm itself. For who may.</summary>
    public Task<CallbackView> AddCallbackAsync(CallbackRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Callbacks, request, ApiJson.Default.CallbackRequest, ApiJson.Default.CallbackView, token);

    /// <summary>Sends a mail now and answers with what was said. For administrators.</summary>
    public Task<MailTestReply> TestMailAsync(MailTestRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.MailTest, request, ApiJson.Default.MailTestRequest, ApiJson.Default.MailTestReply, token);

    public Task<SupervisorView> SupervisorAsync(CancellationToken token) => GetAsync(ApiRoutes.Supervisor, ApiJson.Default.SupervisorView, token);

    public Task<SupervisorView> ChangeSupervisorAsync(SupervisorChangeRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.Supervisor, request, ApiJson.Default.SupervisorChangeRequest, ApiJson.Default.SupervisorView, token);

    /// <summary>How many instances and items are in each state.</summary>
    /// <param name="by">Attributes of jobs; a table each.</param>
    public Task<SummaryReply> SummaryAsync(IEnumerable<string> by, JobFilter filter, CancellationToken token)
    {
        var query = new JobQuery { Filter = filter }.ToString();
        return GetAsync($"{ApiRoutes.Summary}{(query.Length == 0 ? "?" : query + "&")}by={Uri.EscapeDataString(string.Join(',', by))}", ApiJson.Default.SummaryReply, token);
    }

    /// <summary>What an instance (<c>12.0</c>), or a job (<c>12</c>) and each of its instances took.</summary>
    public async Task<IReadOnlyList<StatsView>> StatsAsync(string target, CancellationToken token)
        => (await GetAsync($"{ApiRoutes.Stats}/{Uri.EscapeDataString(target)}", ApiJson.Default.StatsList, token).ConfigureAwait(false)).Stats;

    /// <summary>What would go because it is kept no longer, in so many days. For administrators.</summary>
    public Task<RetentionView> RetentionAsync(int days, CancellationToken token) => GetAsync($"{ApiRoutes.Retention}?days={days}", ApiJson.Default.RetentionView, token);

    /// <summary>Takes away now what is kept no longer.</summary>
    public Task<RetentionView> SweepAsync(CancellationToken token) => SendAsync(new HttpRequestMessage(HttpMethod.Post, ApiRoutes.Retention), ApiJson.Default.RetentionView, token);

    /// <summary>A part of the farm's history; <paramref name="query"/> as <c>?user=ann&amp;since=...</c>.</summary>
    public Task<EventPageReply> EventsAsync(string query, CancellationToken token) => GetAsync(ApiRoutes.Events + query, ApiJson.Default.EventPageReply, token);

    /// <summary>Posts to a path of the local worker itself, such as <c>/worker/stop?how=drain</c>, and returns the answer's text.</summary>
    public async Task<string> CallWorkerAsync(HttpMethod method, string path, CancellationToken token)
    {
        using var response = await ReachAsync(new HttpRequestMessage(method, path), token).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(token).ConfigureAwait(false);
    }

    /// <summary>What a job would find on the worker whose socket this is.</summary>
    public Task<WorkerEnvironmentReply> EnvironmentAsync(WorkerEnvironmentRequest request, CancellationToken token)
        => PostAsync(ApiRoutes.LocalWorkerEnvironment, request, ApiJson.Default.WorkerEnvironmentRequest, ApiJson.Default.WorkerEnvironmentReply, token);

    /// <summary>What an instance (<c>12.0</c>) or item (<c>12:37</c>) printed, from byte <paramref name="position"/>. The caller disposes the stream.</summary>
    public async Task<Stream> OutputAsync(string target, bool isError, long position, bool follow, CancellationToken token)
    {
        var path = $"{ApiRoutes.Output}/{Uri.EscapeDataString(target)}?stream={(isError ? "err" : "out")}&pos={position}&follow={(follow ? "true" : "false")}";
        var response = await ReachAsync(new HttpRequestMessage(HttpMethod.Get, path), token).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
    }

    public async Task<string> OutputTextAsync(string target, bool isError, CancellationToken token)
    {
        var stream = await OutputAsync(target, isError, 0, false, token).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(token).ConfigureAwait(false);
        }
    }

    /// <summary>Jobs as they change: first all active ones, then what changed, until the token or the supervisor ends it.</summary>
    public async IAsyncEnumerable<FeedView> FeedAsync([EnumeratorCancellation] CancellationToken token)
    {
        using var response = await ReachAsync(new HttpRequestMessage(HttpMethod.Get, ApiRoutes.Feed), token).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var isOther = false;
        while (await NextLineAsync(reader, token).ConfigureAwait(false) is { } line)
        {
            // Lines of another event than the farm's own changes, such as a callback's, are for others.
            isOther = line.StartsWith("event:", StringComparison.Ordinal) || (isOther && line.Length > 0);
            if (!isOther && line.StartsWith("data:", StringComparison.Ordinal))
            {
                yield return JsonSerializer.Deserialize(line[5..], ApiJson.Default.FeedView)!;
            }
        }
    }

    private static async Task<string?> NextLineAsync(StreamReader reader, CancellationToken token)
    {
        try
        {
            return await reader.ReadLineAsync(token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new FarmException($"the supervisor went away while its feed was read: {Innermost(exception)}; call again when it is back", false, exception);
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken token)
    {
        if (OperatingSystem.IsWindows() && FarmPipe.NameOf(socket) is { } pipe)
        {
            return await FarmPipe.ConnectAsync(pipe, token).ConfigureAwait(false);
        }

        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token).ConfigureAwait(false);
            return new NetworkStream(connection, ownsSocket: true);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken token) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, token);

    private Task<TReply> PostAsync<TBody, TReply>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TReply> replyType, CancellationToken token)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content }, replyType, token);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken token)
    {
        using var response = await ReachAsync(request, token).ConfigureAwait(false);
        try
        {
            var bytes = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
            return JsonSerializer.Deserialize(bytes, type) ?? throw new FarmException("the supervisor's answer is empty: is it of the same version?", true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new FarmException($"the supervisor's answer broke off: {exception.Message}", false, exception);
        }
        catch (JsonException exception)
        {
            throw new FarmException($"the supervisor's answer does not read: {exception.Message}; is it of the same version?", true, exception);
        }
    }

    private async Task<HttpResponseMessage> ReachAsync(HttpRequestMessage request, CancellationToken token)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw new FarmException($"the supervisor behind '{socket}' does not answer: {Innermost(exception)}; is it running?", false, exception);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new FarmException(await ProblemAsync(response, token).ConfigureAwait(false), true);
        }
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage response, CancellationToken token)
    {
        try
        {
            var bytes = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
            return JsonSerializer.Deserialize(bytes, ApiJson.Default.ProblemReply)?.Error ?? $"the supervisor refused with status {(int)response.StatusCode}";
        }
        catch (Exception exception) when (exception is JsonException or HttpRequestException or IOException)
        {
            return $"the supervisor refused with status {(int)response.StatusCode}";
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}
