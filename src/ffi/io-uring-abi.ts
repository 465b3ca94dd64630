/**
 * The parts of Linux's io_uring interface that the driver uses: numbers, and the layout of the shared structures.
 * The layouts are the same on every 64-bit Linux; offsets are in bytes where the name ends in `_BYTE`, else in 32-bit
 * words, because the driver looks at the rings through an `Int32Array`.
 */

/** System calls have the same numbers on every architecture since Linux 5.1. */
export const NR_IO_URING_SETUP = 425;
export const NR_IO_URING_ENTER = 426;
export const NR_IO_URING_REGISTER = 427;

export const SETUP_CQSIZE = 1 << 3;
export const SETUP_CLAMP = 1 << 4;
export const SETUP_SUBMIT_ALL = 1 << 7;
export const SETUP_TASKRUN_FLAG = 1 << 9;
export const SETUP_SINGLE_ISSUER = 1 << 12;
export const SETUP_DEFER_TASKRUN = 1 << 13;

export const FEAT_SINGLE_MMAP = 1 << 0;
export const FEAT_NODROP = 1 << 1;
export const FEAT_EXT_ARG = 1 << 8;
export const FEAT_CQE_SKIP = 1 << 11;

export const ENTER_GETEVENTS = 1 << 0;
export const ENTER_EXT_ARG = 1 << 3;

export const REGISTER_EVENTFD = 4;
export const UNREGISTER_EVENTFD = 5;
export const REGISTER_PROBE = 8;
export const REGISTER_PBUF_RING = 22;
export const UNREGISTER_PBUF_RING = 23;

/** struct io_uring_params. */
export const PARAMS_BYTES = 120;
export const PARAMS_SQ_ENTRIES = 0;
export const PARAMS_CQ_ENTRIES = 1;
export const PARAMS_FLAGS = 2;
export const PARAMS_FEATURES = 5;
/** Where the parts of the submission ring are in its mapping. */
export const PARAMS_SQ_HEAD = 10;
export const PARAMS_SQ_TAIL = 11;
export const PARAMS_SQ_FLAGS = 14;
export const PARAMS_SQ_ARRAY = 16;
/** The same for the completion ring. */
export const PARAMS_CQ_HEAD = 20;
export const PARAMS_CQ_TAIL = 21;
export const PARAMS_CQ_CQES = 25;
export const PARAMS_CQ_FLAGS = 26;

/** Offsets that mean something else to `mmap` of a ring's descriptor. */
export const MMAP_RINGS = 0;
export const MMAP_SQES = 0x1000_0000;

/** Bits in the submission ring's flags word. */
export const SQ_CQ_OVERFLOW = 1 << 1;
export const SQ_TASKRUN = 1 << 2;
/** Bit in the completion ring's flags word. */
export const CQ_EVENTFD_DISABLED = 1 << 0;

/** struct io_uring_sqe, in words. Addresses and user data are two words, low first. */
export const SQE_WORDS = 16;
export const SQE_BYTES = 64;
/** opcode | flags << 8 | ioprio << 16 */
export const SQE_OPCODE = 0;
export const SQE_FD = 1;
export const SQE_OFFSET = 2;
export const SQE_ADDRESS = 4;
export const SQE_LENGTH = 6;
export const SQE_OP_FLAGS = 7;
export const SQE_USER_DATA = 8;
export const SQE_BUFFER_GROUP = 10;
export const SQE_FILE_INDEX = 11;
export const SQE_ADDRESS_3 = 12;

/** struct io_uring_cqe, in words. */
export const CQE_WORDS = 4;
export const CQE_BYTES = 16;
export const CQE_USER_DATA = 0;
export const CQE_RESULT = 2;
export const CQE_FLAGS = 3;
/** A completion's flags. */
export const CQE_F_BUFFER = 1 << 0;
export const CQE_F_MORE = 1 << 1;
export const CQE_BUFFER_SHIFT = 16;

export const OP_FSYNC = 3;
export const OP_POLL_ADD = 6;
export const OP_TIMEOUT = 11;
export const OP_TIMEOUT_REMOVE = 12;
export const OP_ACCEPT = 13;
export const OP_ASYNC_CANCEL = 14;
export const OP_CONNECT = 16;
export const OP_OPENAT = 18;
export const OP_CLOSE = 19;
export const OP_STATX = 21;
export const OP_READ = 22;
export const OP_WRITE = 23;
export const OP_SEND = 26;
export const OP_RECV = 27;
/** Linux 6.9 has it. */
export const OP_FTRUNCATE = 55;

/** Flags of an SQE, already shifted to their place in its first word. */
/** Not tried without waiting first. */
export const SQE_FLAG_ASYNC = (1 << 4) << 8;
export const SQE_FLAG_BUFFER_SELECT = (1 << 5) << 8;
export const SQE_FLAG_CQE_SKIP_SUCCESS = (1 << 6) << 8;
/** For TIMEOUT_REMOVE: change it instead. */
export const TIMEOUT_UPDATE = 1 << 1;
/** `ioprio` bits, shifted likewise. */
export const ACCEPT_MULTISHOT = (1 << 0) << 16;
export const RECV_MULTISHOT = (1 << 1) << 16;

/** struct io_uring_probe: a header of 16 bytes, then 8 bytes for each operation with its flags in the third word half. */
export const PROBE_HEADER_BYTES = 16;
export const PROBE_OP_BYTES = 8;
export const PROBE_OP_FLAGS_BYTE = 2;
export const PROBE_OP_SUPPORTED = 1;

/** struct io_uring_buf and the ring of them; the tail is 16 bits in the unused end of the first entry. */
export const BUF_WORDS = 4;
export const BUF_BYTES = 16;
export const BUF_ADDRESS = 0;
export const BUF_LENGTH = 2;
/** In 16-bit units. */
export const BUF_ID_HALF = 6;
export const BUF_RING_TAIL_HALF = 7;
/** struct io_uring_buf_reg. */
export const BUF_REG_BYTES = 40;

/** struct io_uring_getevents_arg, and struct __kernel_timespec (two 64-bit numbers). */
export const GETEVENTS_ARG_BYTES = 24;
export const GETEVENTS_ARG_TIMESPEC_BYTE = 16;
