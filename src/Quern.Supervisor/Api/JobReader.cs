using Quern.Core.Agendas;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <param name="Warnings">What the submitter should hear though the jobs are accepted.</param>
internal sealed record ReadSubmission(Submission Submission, IReadOnlyList<string> Warnings);

/// <summary>Turns a submission into what the farm takes: every check that needs no state of the farm, each refusal one sentence.</summary>
internal static class JobReader
{
    private const int MostJobs = 1000;
    private const int LongestId = 200;

    /// <exception cref="ApiRefusal">400 for a job that makes no sense; 403 for one that is not the caller's to submit.</exception>
    public static ReadSubmission Read(SubmitRequest request, Caller caller, ApiOptions options)
    {
        if (string.IsNullOrEmpty(request.RequestId) || request.RequestId.Length > LongestId || request.RequestId.Any(char.IsControl))
        {
            throw ApiRefusal.Bad($"the submission is refused: requestId is empty, longer than {LongestId} characters or not plain text; make a new random one for each submission");
        }

        if (request.Jobs is not { Count: > 0 and <= MostJobs } jobs)
        {
            throw ApiRefusal.Bad($"the submission is refused: it has {request.Jobs?.Count ?? 0} jobs, 1 to {MostJobs} are allowed; send several submissions");
        }

        var specs = new List<JobSpec>(jobs.Count);
        var warnings = new List<string>();
        for (var at = 0; at < jobs.Count; at++)
        {
            var where = jobs.Count == 1 ? "the job is refused" : $"job {at + 1} of {jobs.Count} is refused";
            var job = jobs[at] ?? throw ApiRefusal.Bad($"{where}: it is null; send an object");
            specs.AddRange(new JobReading(JobKeys.Settle(job), where, caller, options, warnings).Read());
        }

        return new ReadSubmission(new Submission(request.RequestId, caller, specs), warnings);
    }
}
