using Microsoft.AspNetCore.Http;

namespace Quern.Supervisor.Api;

/// <summary>A request that cannot be served: an HTTP status and one line for a person. Not a failure of the supervisor.</summary>
internal sealed class ApiRefusal(int status, string sentence) : Exception(sentence)
{
    public int Status => status;

    public static ApiRefusal Bad(string sentence) => new(StatusCodes.Status400BadRequest, sentence);

    public static ApiRefusal Forbidden(string sentence) => new(StatusCodes.Status403Forbidden, sentence);

    public static ApiRefusal Missing(string sentence) => new(StatusCodes.Status404NotFound, sentence);
}
