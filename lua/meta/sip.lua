---@meta sipwright
-- SPDX-License-Identifier: MIT
-- The module table: `local sip = require "sipwright"`. Times are in seconds.

---@class sipwright
---@field version string
---@field set table<string, string|number|boolean> the values of `--set k=v`
local sip = {}

---An expected failure: the second result of what returns nil.
---@class sipwright.Error
---@field code string "timeout", "unexpected", "disposed", "cancelled", …
---@field message string
---@field detail string? what came, as a ladder
---@field call_id string? of the messages that it is about: tostring draws them

---Makes a user agent. `nil, err` when it cannot listen; wrong options raise.
---@param options sipwright.AgentOptions
---@return sipwright.UserAgent? agent
---@return sipwright.Error? err
function sip.agent(options) end

---Starts a task, a coroutine that the engine runs.
---@param f fun(...): ...
---@param ... any its arguments
---@return sipwright.Task
function sip.spawn(f, ...) end

---Waits.
---@param seconds number
function sip.sleep(seconds) end

---Drives the loop from the main thread until no task is left.
---@param timeout number?
---@return boolean? done
---@return sipwright.Error? err
function sip.run(timeout) end

---The task that runs, nil on the main thread.
---@return sipwright.Task?
function sip.current() end

---Waits for all: functions (run as tasks), tasks, requests. The first error
---cancels the rest and is raised. `timeout` is a field, in seconds.
---@param elements { [integer]: sipwright.Awaitable, timeout: number? }
---@return any ... one result for each
function sip.all(elements) end

---Waits until the first one ends, and cancels the others.
---@param elements { [integer]: sipwright.Awaitable, timeout: number? }
---@return integer index
---@return any value
function sip.any(elements) end

---Monotonic time; virtual when the clock is.
---@return number seconds
function sip.now() end

---Chooses the clock. On the virtual one, time passes only in `sip.advance`.
---@param which "virtual"|"real"
function sip.clock(which) end

---Lets virtual time pass.
---@param seconds number
function sip.advance(seconds) end

---The type of an engine object: "OutgoingInviteRequest"; nil for other values.
---@param value any
---@return string?
function sip.type(value) end

---Opens a raw socket: bytes in, bytes out, no SIP.
---@param address string "udp:127.0.0.1:0"
---@return sipwright.Socket? socket
---@return sipwright.Error? err
function sip.socket(address) end

---@class sipwright.Objects
---@field agents integer
---@field requests integer
---@field incoming integer
---@field sessions integer
---@field dialogs integer
---@field transactions integer live ones
---@field lingering integer transactions that only absorb repeats
---@field sockets integer

---What is alive in the engine; all zero when all agents are closed.
---@return sipwright.Objects
function sip.objects() end

---Counters of the engine, or of the peer inside the process.
---@param which "peer"?
---@return table<string, integer> counters sent, received, retransmitted, timeouts, …
function sip.counters(which) end

---Who hears of each message that went no further, afterwards; it may not wait. nil:
---nobody. `sip.drops` counts them all, of a flood it is not told of each.
---@param handler fun(reason: string, bytes: string, from: string, side: "own"|"peer")?
function sip.on_drop(handler) end

---Messages that came and went no further, by reason.
---@param which "peer"?
---@return table<string, integer>
function sip.drops(which) end

---With arguments, before the first agent: fixes all identifiers.
---@param seed integer?
---@param run_id string?
---@return integer seed in use
---@return string run_id in use
function sip.seed(seed, run_id) end

---A server of digest authentication.
---@param options sipwright.DigestServerOptions
---@return sipwright.DigestServer
function sip.digest_server(options) end

---Makes a registrar, without bindings.
---@param options sipwright.RegistrarOptions?
---@return sipwright.Registrar
function sip.registrar(options) end

---Makes an event state compositor to which nothing has been published.
---@param options sipwright.PublicationsOptions?
---@return sipwright.Publications
function sip.publications(options) end

---Calls a function, as a task, when a signal comes; nil takes it off. One for
---each signal: with INT and TERM it takes the command's own place.
---@param name "INT"|"TERM"|"HUP"|"USR1"|"USR2"
---@param handler fun()?
function sip.on_signal(name, handler) end

---Who hears of errors in delegates and tasks that belong to no call; nil: stderr.
---@param handler fun(text: string)?
function sip.on_error(handler) end

---Raises as a wrong option does, which ends a whole run.
---@param text string
---@param level integer? as in error()
function sip.misuse(text, level) end

---Was an error raised so?
---@param err any
---@return boolean
function sip.is_misuse(err) end

---`nil, err` as expected failures are told, for functions of your own.
---@param code string
---@param text string
---@return nil
---@return sipwright.Error err
function sip.failure(code, text) end

---How long a task may compute without a wait.
---@param seconds number 0: for ever
function sip.watchdog(seconds) end

---For specs: a full collection at each entry into the engine.
---@param on boolean?
---@return integer count how often it has done so
function sip.gc_stress(on) end

---Processor time of this process.
---@return number user
---@return number system
function sip.cpu() end

---Is this file descriptor a terminal?
---@param fd integer
---@return boolean
function sip.isatty(fd) end

---The messages of a Call-ID that the trace still has, drawn as a ladder.
---@param call_id string
---@return string text 80 columns
function sip.ladder(call_id) end

---Starts a load. The commands `run` and `serve` use this.
---@param options sipwright.LoadOptions
---@return sipwright.Load
function sip.load(options) end

---A session description with one audio stream; without options a valid offer on
---127.0.0.1.
---@param options sipwright.sdp.Options?
---@return string body
function sip.sdp(options) end

---The URI to test against: `--target`, else SIPWRIGHT_TARGET, else, in the
---command `run`, a peer in this process. Raises where there is none.
---@return string uri
function sip.target() end

---Reads a URI, of any scheme.
---@param text string
---@return sipwright.Uri? uri
---@return sipwright.Error? err
function sip.uri(text) end

---Reads a name and address: "Bob" <sip:bob@example.com>;tag=1
---@param text string
---@return sipwright.Address? address
---@return sipwright.Error? err
function sip.address(text) end

---Host and port of a SIP URI, as they stand in it.
---@param uri string
---@return string hostport
function sip.host(uri) end

return sip
