#!/usr/bin/env escript
%% Erlang/OTP: gen_server for tells and asks, raw processes for the ring.
-module(erlang_contender).
-behaviour(gen_server).
-mode(compile).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

-define(RING, 503).
-define(SENDERS, 60).

main(_) ->
    logger:set_primary_config(level, none),
    io:format("{\"workloads\":[\"tell\",\"ask\",\"flight\",\"start\",\"ring\","
              "\"fan-in\",\"throw\",\"heap\"],\"version\":\"OTP ~s\"}~n",
              [erlang:system_info(otp_release)]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            {match, [Workload, Size]} =
                re:run(Line, "\"workload\":\"([^\"]+)\",\"size\":([0-9]+)",
                       [{capture, all_but_first, list}]),
            answer(Workload, list_to_integer(Size)),
            loop()
    end.

answer(Workload, Size) ->
    try run(Workload, Size) of
        Value -> io:format("{\"value\":~p}~n", [float(Value)])
    catch
        _:Reason ->
            Text = lists:flatten(io_lib:format("~0p", [Reason])),
            io:format("{\"error\":\"~s\"}~n", [[C || C <- Text, C =/= $"]])
    end.

%% Milliseconds for a body; preparing and stopping stay outside.
measured(Body) ->
    Start = erlang:monotonic_time(microsecond),
    Body(),
    (erlang:monotonic_time(microsecond) - Start) / 1000.

%% The behaviour of the actors: they count, report, or refuse.
init(State) -> {ok, State}.

handle_call({add, N}, _From, {counter, Count}) ->
    {reply, Count + N, {counter, Count + N}};
handle_call({refuse, N}, _From, _State) ->
    erlang:error({refused, N}).

handle_cast({add, N}, {counter, Count}) ->
    {noreply, {counter, Count + N}};
handle_cast({add, N}, {sender, Count, Share, Sink}) when Count + N =:= Share ->
    gen_server:cast(Sink, {report, Count + N}),
    {noreply, {sender, Count + N, Share, Sink}};
handle_cast({add, N}, {sender, Count, Share, Sink}) ->
    {noreply, {sender, Count + N, Share, Sink}};
handle_cast({report, N}, {sink, Sum, 1, Asker}) ->
    Asker ! {done, Sum + N},
    {noreply, {sink, Sum + N, 0, Asker}};
handle_cast({report, N}, {sink, Sum, Left, Asker}) ->
    {noreply, {sink, Sum + N, Left - 1, Asker}}.

start(State) ->
    {ok, Pid} = gen_server:start(?MODULE, State, []),
    Pid.

stop(Pid) -> gen_server:stop(Pid).

ask(Pid, N) -> gen_server:call(Pid, {add, N}, infinity).

times(0, _) -> ok;
times(N, Body) -> Body(), times(N - 1, Body).

run("tell", Size) ->
    Pid = start({counter, 0}),
    Value = measured(fun() ->
        times(Size, fun() -> gen_server:cast(Pid, {add, 1}) end),
        Size = ask(Pid, 0)
    end),
    stop(Pid),
    Value;
run("ask", Size) ->
    Pid = start({counter, 0}),
    Value = measured(fun() -> times(Size, fun() -> ask(Pid, 1) end) end),
    Size = ask(Pid, 0),
    stop(Pid),
    Value;
run("flight", Size) ->
    Pid = start({counter, 0}),
    Value = measured(fun() ->
        Asks = [gen_server:send_request(Pid, {add, 1})
                || _ <- lists:seq(1, Size)],
        Replies = [receive_reply(Ask) || Ask <- Asks],
        Size = lists:last(Replies)
    end),
    stop(Pid),
    Value;
run("start", Size) ->
    %% One after another: replies that waited would slow every start().
    Self = self(),
    Value = measured(fun() ->
        Pids = [start({counter, 0}) || _ <- lists:seq(1, Size)],
        Size = lists:sum([ask(Pid, 1) || Pid <- Pids]),
        Self ! {started, Pids}
    end),
    receive {started, Pids} -> lists:foreach(fun stop/1, Pids) end,
    Value;
run("ring", Size) ->
    Self = self(),
    Last = spawn(fun() -> ring_first(Self) end),
    First = lists:foldl(
        fun(I, Next) -> spawn(fun() -> ring_node(I, Next, Self) end) end,
        Last, lists:seq(?RING - 1, 1, -1)),
    %% The last one that was made stands before the first of the ring.
    Last ! {next, First},
    Expected = Size rem ?RING,
    Value = measured(fun() ->
        Last ! {token, Size},
        receive {done, I} -> Expected = I end
    end),
    Last ! stop,
    Value;
run("fan-in", Size) ->
    Sink = start({sink, 0, ?SENDERS, self()}),
    Share = Size div ?SENDERS,
    Senders = [start({sender, 0, Share, Sink})
               || _ <- lists:seq(1, ?SENDERS)],
    Value = measured(fun() ->
        times(Share, fun() ->
            [gen_server:cast(Sender, {add, 1}) || Sender <- Senders]
        end),
        receive {done, Size} -> ok end
    end),
    lists:foreach(fun stop/1, [Sink | Senders]),
    Value;
run("throw", Size) ->
    %% Let it crash: the server ends, its caller gets the reason, and a new
    %% server takes its place. Nothing is logged, which only makes it faster.
    measured(fun() -> times(Size, fun refused/0) end);
run("heap", Size) ->
    garbage_collect(),
    Before = erlang:memory(total),
    Pids = [start({counter, 0}) || _ <- lists:seq(1, Size)],
    garbage_collect(),
    Bytes = erlang:memory(total) - Before,
    1 = ask(lists:last(Pids), 1),
    Bytes.

receive_reply(Ask) ->
    {reply, Reply} = gen_server:receive_response(Ask, infinity),
    Reply.

refused() ->
    Pid = start({counter, 0}),
    try gen_server:call(Pid, {refuse, 1}, infinity)
    catch exit:{{{refused, 1}, _Stack}, _Call} -> ok
    end.

ring_first(Done) ->
    receive {next, Next} -> ring_node(0, Next, Done) end.

ring_node(I, Next, Done) ->
    receive
        {token, 0} -> Done ! {done, I}, ring_node(I, Next, Done);
        {token, Left} -> Next ! {token, Left - 1}, ring_node(I, Next, Done);
        stop -> Next ! stop
    end.
