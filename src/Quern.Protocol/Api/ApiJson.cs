using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

/// <summary>Names, routes and limits of the HTTP API.</summary>
public static class ApiRoutes
{
    public const string Ping = "/api/v1/ping";
    public const string Jobs = "/api/v1/jobs";
    public const string Actions = "/api/v1/actions";
    /// <summary>GET: the farm's own callbacks; POST: one more; DELETE with its number: removes it. Below a job (<c>/api/v1/jobs/N/callbacks</c>): GET: the job's.</summary>
    public const string Callbacks = "/api/v1/callbacks";

    /// <summary>POST: sends a mail now and shows what was said. Administrators only.</summary>
    public const string MailTest = "/api/v1/mail/test";

    /// <summary>POST: fires an event of a user's own name.</summary>
    public const string Triggers = "/api/v1/triggers";
    public const string Hosts = "/api/v1/hosts";
    /// <summary>GET with a host's name: the line of jobs for it.</summary>
    public const string JobOrder = "/api/v1/joborder";
    public const string HostLocks = "/api/v1/hosts/locks";
    /// <summary>GET: hosts that were removed and are kept out; POST: removes hosts, or lets them back. Administrators only.</summary>
    public const string RemovedHosts = "/api/v1/hosts/removed";

    /// <summary>POST: has hosts say anew what they have. Administrators only.</summary>
    public const string HostRefresh = "/api/v1/hosts/refresh";

    /// <summary>POST: says resources and properties of hosts while they run, or takes them back. Administrators only.</summary>
    public const string HostWords = "/api/v1/hosts/words";
    public const string History = "/api/v1/history";
    public const string Output = "/api/v1/output";

    /// <summary>GET with a job, instance or item: why it waits; POST: the same for jobs that are not submitted.</summary>
    public const string Why = "/api/v1/why";
    public const string Feed = "/api/v1/feed";
    public const string WorkerTokens = "/api/v1/workers/tokens";
    public const string WorkerJoin = "/api/v1/workers/join";

    /// <summary>POST, by a service worker in its own name: a certificate for the desktop worker that it lends its host to.</summary>
    public const string WorkerLoan = "/api/v1/workers/loan";

    /// <summary>POST, by a worker in its own name: its next certificate.</summary>
    public const string WorkerRenewal = "/api/v1/workers/renew";

    /// <summary>GET: versions of the central settings; POST: a change of them. Administrators only.</summary>
    public const string Config = "/api/v1/config";

    /// <summary>GET with a host's name: its settings, explained.</summary>
    public const string ConfigHosts = "/api/v1/config/hosts";

    /// <summary>GET with a number: a version with its text. Administrators only.</summary>
    public const string ConfigVersions = "/api/v1/config/versions";

    /// <summary>GET: registered passwords; POST: registers one; DELETE with a user's name: forgets it.</summary>
    public const string Credentials = "/api/v1/credentials";

    /// <summary>GET: the key for which passwords are sealed.</summary>
    public const string SealingKey = "/api/v1/credentials/key";

    /// <summary>GET: entries of users and of members of groups; POST: a change of them.</summary>
    public const string Users = "/api/v1/users";

    /// <summary>GET: global and licence resources; POST: what a licence server says.</summary>
    public const string Resources = "/api/v1/resources";

    /// <summary>GET: modes and settings of the supervisor; POST: a change of them. Administrators only.</summary>
    public const string Supervisor = "/api/v1/supervisor";

    /// <summary>GET: how many instances and items are in each state, by attributes of their jobs.</summary>
    public const string Summary = "/api/v1/summary";

    /// <summary>GET with a job or an instance: what it took.</summary>
    public const string Stats = "/api/v1/stats";

    /// <summary>GET: what goes because it is kept no longer; POST: takes it away now. Administrators only.</summary>
    public const string Retention = "/api/v1/retention";

    /// <summary>GET: history and audit of the whole farm.</summary>
    public const string Events = "/api/v1/events";

    /// <summary>GET, open to anybody: the farm's authority, PEM. A joining worker compares it with the fingerprint in its token before it sends the token.</summary>
    public const string WorkerAuthority = "/api/v1/workers/authority";

    /// <summary>On a worker's own socket: POST with <c>?how=drain</c> or <c>?how=kill</c>, by root or the worker's owner.</summary>
    public const string LocalWorkerStop = "/worker/stop";

    /// <summary>On a worker's own socket: GET, anybody.</summary>
    public const string LocalWorkerStatus = "/worker/status";

    /// <summary>On a worker's own socket: POST, anybody: what a job would find there.</summary>
    public const string LocalWorkerEnvironment = "/worker/environment";

    /// <summary>On the socket of a machine's service worker in dual mode: POST, by the person it names, for as long as they want the host.</summary>
    public const string LocalWorkerLoan = "/worker/loan";

    /// <summary>Header in which a worker vouches for the caller of its local socket; believed only with a worker's certificate.</summary>
    public const string VouchHeader = "Quern-User";

    /// <summary>Largest body, bytes.</summary>
    public const long BodyBytes = 16 * 1024 * 1024;
}

/// <summary>The API's JSON, generated at build: camelCase names, nulls left out, unknown keys of a job kept.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmitRequest))]
[JsonSerializable(typeof(WorkRequest))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(SubmitReply))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(HostList))]
[JsonSerializable(typeof(LockRequest))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionReply))]
[JsonSerializable(typeof(PingReply))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinReply))]
[JsonSerializable(typeof(TokenReply))]
[JsonSerializable(typeof(LoanCertificateRequest))]
[JsonSerializable(typeof(LoanCertificateReply))]
[JsonSerializable(typeof(RenewalRequest))]
[JsonSerializable(typeof(RenewalReply))]
[JsonSerializable(typeof(LoanRequest))]
[JsonSerializable(typeof(LoanLine))]
[JsonSerializable(typeof(FeedView))]
[JsonSerializable(typeof(ProblemReply))]
[JsonSerializable(typeof(ReadyFile))]
[JsonSerializable(typeof(WorkerStatusReply))]
[JsonSerializable(typeof(ConfigPushRequest))]
[JsonSerializable(typeof(ConfigPushReply))]
[JsonSerializable(typeof(ConfigVersionList))]
[JsonSerializable(typeof(ConfigHostView))]
[JsonSerializable(typeof(WorkerEnvironmentRequest))]
[JsonSerializable(typeof(WorkerEnvironmentReply))]
[JsonSerializable(typeof(SealingKeyReply))]
[JsonSerializable(typeof(CredentialRequest))]
[JsonSerializable(typeof(CredentialView))]
[JsonSerializable(typeof(CredentialList))]
[JsonSerializable(typeof(CallbackRequest))]
[JsonSerializable(typeof(CallbackView))]
[JsonSerializable(typeof(CallbackList))]
[JsonSerializable(typeof(TriggerRequest))]
[JsonSerializable(typeof(TriggerReply))]
[JsonSerializable(typeof(PostView))]
[JsonSerializable(typeof(MailTestRequest))]
[JsonSerializable(typeof(MailTestReply))]
[JsonSerializable(typeof(UserList))]
[JsonSerializable(typeof(UserChangeRequest))]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(ResourceUpdateRequest))]
[JsonSerializable(typeof(SupervisorView))]
[JsonSerializable(typeof(SupervisorChangeRequest))]
[JsonSerializable(typeof(EventPageReply))]
[JsonSerializable(typeof(WhyRequest))]
[JsonSerializable(typeof(WhyReply))]
[JsonSerializable(typeof(JobOrderReply))]
[JsonSerializable(typeof(RemovedHostList))]
[JsonSerializable(typeof(HostRemovalRequest))]
[JsonSerializable(typeof(HostRefreshRequest))]
[JsonSerializable(typeof(HostWordsRequest))]
[JsonSerializable(typeof(RetentionView))]
[JsonSerializable(typeof(SummaryReply))]
[JsonSerializable(typeof(StatsList))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Text as an entry of a package.</summary>
    public static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, Default.String);
}
