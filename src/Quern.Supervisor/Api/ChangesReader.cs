using System.Text.Json;
using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <summary>What modify is to make of jobs: attributes as in a submission, read by the same rules.</summary>
internal static class ChangesReader
{
    private const string Where = "modify is refused";

    /// <returns>Null for any other action.</returns>
    /// <exception cref="ApiRefusal">An attribute is unknown or cannot be modified, a value makes no sense, or nothing is to change.</exception>
    public static JobChanges? Read(ActionRequest request, Caller caller, ApiOptions options, List<string> warnings)
    {
        var isModify = request.Action == Verb.Modify.Word();
        if (request.Changes is not { Count: > 0 } changes)
        {
            return isModify ? throw ApiRefusal.Bad($"{Where}: it names no attribute; give some of {JobAttribute.Names}") : null;
        }

        if (!isModify)
        {
            throw ApiRefusal.Bad($"{request.Action} is refused: changes belong to modify");
        }

        var attributes = changes.Keys.Select(key => JobAttribute.Find(key) ?? throw Unknown(key)).Distinct().ToList();
        var job = JobKeys.Settle(JobOf(changes));
        return new JobChanges(new JobReading(job, Where, caller, options, warnings).ReadChanges(), attributes);
    }

    private static JobRequest JobOf(IReadOnlyDictionary<string, JsonElement> changes)
    {
        try
        {
            return JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(changes, ApiJson.Default.IReadOnlyDictionaryStringJsonElement), ApiJson.Default.JobRequest)!;
        }
        catch (JsonException exception)
        {
            throw ApiRefusal.Bad($"{Where}: {exception.Path?.TrimStart('$', '.')} cannot be read: {exception.InnerException?.Message ?? "it is of another kind"}; give it as in a submission");
        }
    }

    private static ApiRefusal Unknown(string key)
        => ApiRefusal.Bad($"{Where}: '{TargetText.Quote(key)}' cannot be modified; what can be is {JobAttribute.Names}");
}
