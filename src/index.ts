// core
export type { AbstractEventLoop, CallOptions } from './core/abstract-loop.ts';
export {
  type AsyncContextManager,
  type AsyncCoroutineIterable,
  type AsyncCoroutineIterator,
  asyncIterate,
} from './core/async-protocols.ts';
export {
  type CallGraphOptions,
  captureCallGraph,
  type FutureCallGraph,
  formatCallGraph,
  printCallGraph,
} from './core/call-graph.ts';
export { Context, ContextVar, copyContext, Token } from './core/context.ts';
export {
  type Awaitable,
  type AwaitableLike,
  type AwaitedOf,
  type Coroutine,
  type CoroutineFunction,
  type Emission,
  isCoroutine,
  isCoroutineFunction,
  type Suspension,
} from './core/coroutine.ts';
export { DeadlockError } from './core/deadlock-error.ts';
export { createTask, ensureFuture } from './core/ensure-future.ts';
export {
  CancelledError,
  InvalidStateError,
  RuntimeError,
  TimeoutError,
} from './core/errors.ts';
export type { ExceptionContext } from './core/exception-context.ts';
export type { Frame } from './core/frames.ts';
export { Future, isFuture, type LoopRef } from './core/future.ts';
export { GeneratorExit } from './core/generator-exit.ts';
export { Handle, TimerHandle } from './core/handle.ts';
export { LookupError } from './core/lookup-error.ts';
export { coroutine } from './core/never-awaited.ts';
export { sleep } from './core/sleep.ts';
export type { TaskFactory } from './core/spawn.ts';
export { allTasks, currentTask, Task, type TaskOptions } from './core/task.ts';
export { wrapFuture } from './core/wrap-future.ts';
// files
export { AsyncFile, type Whence } from './files/async-file.ts';
export { FileError } from './files/file-error.ts';
export { type FileFlags, type OpenFileOptions, openFile } from './files/open-file.ts';
export { type TextEncoding, TextFile } from './files/text-file.ts';
// interop
export { followAsyncLocalStorage } from './interop/async-local-storage.ts';
export { cancelOn, type SignalScope } from './interop/cancel-on.ts';
export { fromDuplex, type StreamPair } from './interop/from-duplex.ts';
export { fromReadable } from './interop/from-readable.ts';
export { fromWritable } from './interop/from-writable.ts';
export type { EmitterLike } from './interop/listening.ts';
export type { AnyReadable, AnyWritable } from './interop/node-stream-of.ts';
export { EventStream, type OnOptions, on } from './interop/on.ts';
export { type OnceOptions, once } from './interop/once.ts';
export {
  type CancellablePromise,
  type RunCoroutineThreadsafeOptions,
  runCoroutineThreadsafe,
} from './interop/run-coroutine-threadsafe.ts';
export type { FromStreamOptions } from './interop/stream-connection.ts';
export { taskSignal } from './interop/task-signal.ts';
export { type StreamDuplex, toDuplex } from './interop/to-duplex.ts';
export { toReadable } from './interop/to-readable.ts';
export { toReadableStream } from './interop/to-readable-stream.ts';
export { toWritable } from './interop/to-writable.ts';
export { toWritableStream } from './interop/to-writable-stream.ts';
// net
export type { Address, InetAddress, UnixAddress } from './io/address.ts';
export type { DescriptorOption, SocketType } from './io/descriptor-calls.ts';
export { OSError } from './io/os-error.ts';
// loop
export type { Fallback } from './loop/choose-driver.ts';
export { EventLoop, type ExceptionHandler, getRunningLoop } from './loop/event-loop.ts';
export { KeyboardInterrupt } from './loop/interrupt.ts';
export type { IoChoice } from './loop/io-choice.ts';
export type { Main } from './loop/lifecycle.ts';
export type { DriverInfo } from './loop/loop-network.ts';
export type { LoopStatistics } from './loop/loop-statistics.ts';
export { type EventLoopOptions, newEventLoop } from './loop/new-event-loop.ts';
export { Runner, type RunnerOptions, type RunnerRunOptions, type RunOptions, run } from './loop/runner.ts';
export type { ConnectionOptions } from './net/create-connection.ts';
export type { DatagramEnd, DatagramOptions } from './net/create-datagram-endpoint.ts';
export type { ServerOptions } from './net/create-server.ts';
export type { UnixConnectionOptions } from './net/create-unix-connection.ts';
export type { UnixServerOptions } from './net/create-unix-server.ts';
export { DatagramProtocol } from './net/datagram-protocol.ts';
export { type DatagramAddress, DatagramTransport } from './net/datagram-transport.ts';
export { BaseProtocol, BaseTransport } from './net/endpoint.ts';
export {
  AddressesError,
  IncompleteReadError,
  LimitOverrunError,
  NameError,
  SendfileNotAvailableError,
  TransportClosedError,
} from './net/errors.ts';
export type { SocketLike } from './net/given-socket.ts';
export type { AddressInfo, AddressInfoOptions, NameInfoOptions } from './net/names.ts';
export { type OpenConnectionOptions, openConnection } from './net/open-connection.ts';
export { type OpenUnixConnectionOptions, openUnixConnection } from './net/open-unix-connection.ts';
export type { PipeLike } from './net/pipe-end.ts';
export { BufferedProtocol, Protocol } from './net/protocol.ts';
export type { FileLike, SendfileOptions } from './net/sendfile.ts';
export { Server } from './net/server.ts';
export { type NewSocketOptions, Socket } from './net/socket.ts';
export { type StartServerOptions, startServer } from './net/start-server.ts';
export type { StartTlsOptions } from './net/start-tls.ts';
export { type StartUnixServerOptions, startUnixServer } from './net/start-unix-server.ts';
export { StreamReader, type StreamReaderOptions } from './net/stream-reader.ts';
export { type OnConnection, StreamReaderProtocol } from './net/stream-reader-protocol.ts';
export { StreamWriter } from './net/stream-writer.ts';
export type { TlsInfo } from './net/tls-engine.ts';
export { TlsError } from './net/tls-error.ts';
export type {
  SecureContextLike,
  TlsClientOptions,
  TlsOptions,
  TlsPeerCertificate,
  TlsServerOptions,
  TlsTimeouts,
} from './net/tls-options.ts';
export { ReadTransport, Transport, type WriteBufferLimits, WriteTransport } from './net/transport.ts';
export { TransportSocket } from './net/transport-socket.ts';
export type { DescriptorLike } from './net/watchers.ts';
export type { SubprocessOptions } from './process/command.ts';
// process
export {
  type CreateSubprocessOptions,
  createSubprocessExec,
  createSubprocessShell,
} from './process/create-subprocess.ts';
export { Process } from './process/process.ts';
export { type ServeUntilSignalOptions, type Stoppable, serveUntilSignal } from './process/serve-until-signal.ts';
export { SpawnError } from './process/spawn-error.ts';
export { DEVNULL, PIPE, STDOUT, type Stdio, type StdioChoice } from './process/stdio.ts';
export { SubprocessProtocol, SubprocessTransport } from './process/subprocess-protocol.ts';
// structured
export { type Aclosing, type AsyncClosable, aclosing } from './structured/aclosing.ts';
export { type AsCompleted, asCompleted } from './structured/as-completed.ts';
export { AsyncExitStack, type ExitCallback } from './structured/async-exit-stack.ts';
export { asyncFor, BREAK } from './structured/async-for.ts';
export {
  AsyncCoroutineGenerator,
  asyncGenerator,
  type Emit,
  type EmittedBy,
  type InferringEmit,
} from './structured/async-generator.ts';
export { AsyncIter, asyncIter, collect, type ItemOf, type Iterates } from './structured/async-iter.ts';
export type { Resolved } from './structured/async-operators.ts';
export { asyncWith, type EnteredBy, type WithResult } from './structured/async-with.ts';
export { createEagerTaskFactory, eagerTaskFactory } from './structured/eager.ts';
export { type ErrorFilter, ExceptionGroup } from './structured/exception-group.ts';
export { type Gathered, type GatherOptions, gather } from './structured/gather.ts';
export type { AnyAsyncIterable } from './structured/iterate.ts';
export { shield } from './structured/shield.ts';
export { TaskGroup } from './structured/task-group.ts';
export { Timeout, timeout, timeoutAt } from './structured/timeout.ts';
export { toAsyncIterable } from './structured/to-async-iterable.ts';
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  wait,
} from './structured/wait.ts';
export { waitFor } from './structured/wait-for.ts';
// sync
export { Barrier, BrokenBarrierError } from './sync/barrier.ts';
export { BoundedSemaphore } from './sync/bounded-semaphore.ts';
export { Condition, type LockLike } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export type { Compare } from './sync/heap-store.ts';
export type { Hold } from './sync/hold.ts';
export { LifoQueue } from './sync/lifo-queue.ts';
export { Lock } from './sync/lock.ts';
export { PriorityQueue, type PriorityQueueOptions } from './sync/priority-queue.ts';
export { Queue } from './sync/queue.ts';
export { QueueEmpty, QueueFull, QueueShutDown } from './sync/queue-errors.ts';
export type { QueueStore } from './sync/queue-store.ts';
export { Semaphore } from './sync/semaphore.ts';
// threads
export type { Executor, ExecutorShutdownOptions, ModuleReference, ThreadWork } from './threads/executor.ts';
export type { Sent, ThreadArgs, ThreadResult } from './threads/loop-executors.ts';
export { LoopHandle, type LoopHandleOptions, loopHandle } from './threads/loop-handle.ts';
export type { LoopCalls } from './threads/loop-messages.ts';
export { RemoteLoop, type RemotePromise, remoteLoop } from './threads/remote-loop.ts';
export { ThreadPoolExecutor, type ThreadPoolExecutorOptions } from './threads/thread-pool-executor.ts';
export { toThread } from './threads/to-thread.ts';
export { transfer } from './threads/transfer.ts';
export { WorkerError } from './threads/worker-error.ts';
