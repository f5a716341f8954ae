using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>
/// Stands before every route of the API: finds out who calls, bounds the body, and makes every answer that is not 2xx one sentence. What is not
/// below <c>/api/</c> (the worker link, the page) passes untouched.
/// </summary>
internal sealed partial class ApiGate(CallerIdentity identity, ILogger logger)
{
    private static readonly object CallerKey = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var (status, sentence) = await ServeAsync(context, next).ConfigureAwait(false);
        if (sentence is null || context.Response.HasStarted)
        {
            if (sentence is not null)
            {
                // Half an answer must not look whole.
                context.Abort();
            }

            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
        await WriteAsync(context, new ProblemReply { Error = sentence }, ApiJson.Default.ProblemReply).ConfigureAwait(false);
    }

    /// <summary>Who calls. Refused: nobody in particular.</summary>
    public static Caller CallerOf(HttpContext context) => TryCallerOf(context) ?? throw new ApiRefusal(
        StatusCodes.Status401Unauthorized,
        "the request is refused: the supervisor does not know who calls; run the command on a host that has a worker or the supervisor, without --supervisor");

    /// <summary>Who calls, when it is an administrator; else <paramref name="what"/> is refused.</summary>
    public static Caller AdministratorOf(HttpContext context, string what)
    {
        var caller = CallerOf(context);
        return caller.IsAdministrator ? caller : throw ApiRefusal.Forbidden($"{what} is refused: {caller.User} is no administrator; ask root or the owner of the supervisor");
    }

    public static Caller? TryCallerOf(HttpContext context) => context.Items[CallerKey] as Caller;

    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
        ?? throw ApiRefusal.Bad("the request is refused: its body is null; send a JSON object");

    public static async Task WriteAsync<T>(HttpContext context, T reply, JsonTypeInfo<T> type)
    {
        var response = context.Response;
        response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(response.BodyWriter, reply, type, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task<(int Status, string? Sentence)> ServeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            {
                limit.MaxRequestBodySize = ApiRoutes.BodyBytes;
            }

            var proof = await identity.ProveAsync(context).ConfigureAwait(false);
            if (proof.Refusal is not null)
            {
                return (proof.Status, proof.Refusal);
            }

            context.Items[CallerKey] = proof.Caller;
            await next(context).ConfigureAwait(false);
            return context.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound when !context.Response.HasStarted => (StatusCodes.Status404NotFound, "there is nothing at this address; the API is below /api/v1, update the client if it asks for more"),
                StatusCodes.Status405MethodNotAllowed => (StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} means nothing at this address; see the API's documentation for the methods it takes"),
                _ => default,
            };
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return default;
        }
        catch (ConnectionResetException)
        {
            return default;
        }
        catch (Exception exception)
        {
            return Explain(exception, context);
        }
    }

    private (int Status, string Sentence) Explain(Exception exception, HttpContext context)
    {
        switch (exception)
        {
            case ApiRefusal refusal:
                return (refusal.Status, refusal.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return (StatusCodes.Status413PayloadTooLarge, $"the request is refused: its body has more than {ApiRoutes.BodyBytes >> 20} MiB; send several smaller ones");
            case BadHttpRequestException bad:
                return (bad.StatusCode, "the request is refused: its body ended early or is malformed; send it again");
            case JsonException json:
                return (StatusCodes.Status400BadRequest, $"the request is refused: its body is not the JSON expected ({Where(json)}); check it against the API's documentation");
            case FarmStoppedException stopped:
                return (StatusCodes.Status503ServiceUnavailable, stopped.Message);
            default:
                LogFailed(logger, context.Request.Method, context.Request.Path, exception);
                return (StatusCodes.Status500InternalServerError, "the supervisor failed to answer: this is a fault of its own; look into its log and report it");
        }
    }

    private static string Where(JsonException json) =>
        json.Path is { Length: > 1 } path ? $"at {TargetText.Quote(path)}" : $"at line {json.LineNumber + 1}";

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, string method, string path, Exception exception);
}
